/** A paced exercise: a circle that grows and shrinks, the words of the beat, a count. It can be paused and never has to be finished. */

import { button, el, prefersCalm } from './dom.js';

const kSmall = 0.55;

/** What the circle does on each beat: breathe in, (hold,) breathe out, (hold). */
export function sizesOf(beats) {
    if (beats === 1) return [[1, kSmall]];
    if (beats === 3)
        return [
            [kSmall, 1],
            [1, 1],
            [1, kSmall],
        ];
    if (beats === 4)
        return [
            [kSmall, 1],
            [1, 1],
            [1, kSmall],
            [kSmall, kSmall],
        ];
    return Array.from({ length: beats }, (_, beat) => (beat % 2 === 0 ? [kSmall, 1] : [1, kSmall]));
}

export class Exercise {
    /** `pace` is the bubble; `finished` is called once, after the last beat. */
    constructor(pace, finished) {
        this.pace = pace;
        this.finished = finished;
        this.beat = -1;
        this.left = 0;
        this.circle = el('div', { class: 'circle', 'aria-hidden': 'true' });
        this.count = el('span', { class: 'beat-count', 'aria-hidden': 'true' });
        this.words = el('p', { class: 'beat-words', 'aria-live': 'polite' }, 'Ready when you are');
        this.round = el(
            'p',
            { class: 'fine', 'aria-hidden': 'true' },
            `${pace.times} rounds. End it whenever you like.`
        );
        this.toggle = button('Begin', () => (this.timer ? this.pauseIt() : this.run()), { class: 'small primary' });
        this.element = el(
            'div',
            { class: 'exercise' },
            el('div', { class: 'stage' }, this.circle, this.count),
            this.words,
            this.round,
            this.toggle
        );
    }

    run() {
        this.toggle.textContent = 'Pause';
        this.toggle.classList.remove('primary');
        this.element.parentElement?.scrollIntoView({ block: 'end', behavior: prefersCalm() ? 'instant' : 'smooth' });
        if (this.beat < 0 || this.beat >= this.total) this.enter(0);
        else this.animation?.play();
        this.timer = setInterval(() => this.tick(), 1000);
    }

    pauseIt() {
        this.halt();
        this.animation?.pause();
        this.toggle.textContent = 'Go on';
        this.toggle.classList.add('primary');
    }

    /** Stops the clock; called too when the exercise leaves the page. */
    halt() {
        clearInterval(this.timer);
        this.timer = undefined;
    }

    get total() {
        return this.pace.times * this.pace.beats.length;
    }

    tick() {
        this.left -= 1;
        if (this.left > 0) this.count.textContent = String(this.left);
        else this.enter(this.beat + 1);
    }

    enter(beat) {
        this.beat = beat;
        if (beat >= this.total) {
            this.halt();
            this.count.textContent = '';
            this.words.textContent = 'That was the last one.';
            this.round.textContent = '';
            this.toggle.textContent = 'Again';
            this.finished();
            return;
        }
        const beats = this.pace.beats;
        const { words, seconds } = beats[beat % beats.length];
        this.left = seconds;
        this.words.textContent = words;
        this.count.textContent = String(seconds);
        this.round.textContent = `${Math.floor(beat / beats.length) + 1} of ${this.pace.times}`;
        this.animate(sizesOf(beats.length)[beat % beats.length], seconds);
    }

    animate([from, to], seconds) {
        if (prefersCalm()) return;
        this.animation = this.circle.animate([{ transform: `scale(${from})` }, { transform: `scale(${to})` }], {
            duration: seconds * 1000,
            easing: 'ease-in-out',
            fill: 'forwards',
        });
    }
}
