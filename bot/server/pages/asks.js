/**
 * The ways to answer that stand under the newest bubble: buttons, scale, pickers. Typing always works beside them, so every
 * control here is a convenience: it either presses choices of the question (`choose`) or says words (`say`).
 */

import { button, el } from './dom.js';
import { Exercise } from './exercise.js';

export class Asks {
    /** `answer` has choose(ask, picks, label) and say(text). */
    constructor(root, answer) {
        this.root = root;
        this.answer = answer;
        this.ask = undefined;
    }

    /** Shows the question's controls in place of the last ones; `pace` is the exercise that it ends, if any; `aloud`: they talk at one table. */
    show(ask, pace, aloud) {
        const hadFocus = this.root.contains(document.activeElement) || document.activeElement === document.body;
        this.clear();
        this.ask = ask;
        if (!ask && !pace) return;
        this.root.dataset.kind = ask?.kind ?? '';
        if (pace) {
            this.exercise = new Exercise(pace, () =>
                this.root.querySelector('.choice')?.focus({ preventScroll: true })
            );
            this.root.append(this.exercise.element);
        }
        const build = ask && builders[ask.kind];
        if (build) this.root.append(...build(ask, this));
        if (ask?.kind === 'words' && aloud)
            this.root.append(button('We said it aloud', () => this.answer.say('skip'), { class: 'choice' }));
        else if (ask?.skip) this.root.append(button('Skip', () => this.answer.say('skip'), { class: 'quiet skip' }));
        this.root.hidden = this.root.childElementCount === 0;
        if (hadFocus && this.used && !this.root.hidden) this.root.focus({ preventScroll: true });
        this.used = false;
    }

    clear() {
        if (this.root.contains(document.activeElement)) this.used = true;
        this.exercise?.halt();
        this.exercise = undefined;
        this.ask = undefined;
        delete this.root.dataset.kind;
        this.root.replaceChildren();
        this.root.hidden = true;
    }

    choose(picks, label) {
        this.answer.choose(this.ask, picks, label);
    }
}

const big = (label, onclick, attributes = {}) => button(label, onclick, { class: 'choice', ...attributes });

function choiceButtons(ask, asks) {
    // Two or four short ones stand in two columns, so that they and their question fit on a phone's screen.
    const most = { 2: 12, 4: 18 }[ask.choices.length] ?? 0;
    const short = ask.choices.every((choice) => choice.label.length <= most);
    return el(
        'div',
        { class: short ? 'choices two' : 'choices' },
        ...ask.choices.map((choice) => big(choice.label, () => asks.choose([choice.id], choice.label)))
    );
}

/** Buttons that stay pressed, up to `max`, with the button that sends them. `lists` makes the part that shows the options. */
class Several {
    constructor(ask, asks) {
        this.max = ask.max ?? ask.choices?.length ?? 1;
        this.picked = new Map(); // id -> label
        this.word = el('p', { class: 'fine', role: 'status' });
        this.done = big('Continue', () => asks.choose([...this.picked.keys()], [...this.picked.values()].join(', ')), {
            class: 'choice primary',
        });
        this.update();
    }

    toggle(choice) {
        const chip = button(choice.label, () => this.press(choice, chip), {
            class: 'chip',
            'aria-pressed': this.picked.has(choice.id),
        });
        return chip;
    }

    press(choice, chip) {
        if (this.picked.has(choice.id)) this.picked.delete(choice.id);
        else if (this.picked.size < this.max) this.picked.set(choice.id, choice.label);
        else {
            this.word.textContent = `${this.max} is the most. Take one off first.`;
            return;
        }
        chip.setAttribute('aria-pressed', this.picked.has(choice.id));
        this.update();
    }

    update() {
        this.word.textContent =
            this.picked.size === 0 ? `Pick up to ${this.max}.` : [...this.picked.values()].join(', ');
        this.done.disabled = this.picked.size === 0;
    }
}

/** Family first, then its words; the words chosen stay while one looks into other families. */
function families(ask, asks) {
    const several = new Several(ask, asks);
    const place = el('div', { class: 'families' });
    const notSure = button('Not sure', () => asks.answer.say('not sure'), { class: 'quiet' });

    const overview = (from) => {
        const buttons = ask.groups.map((group) => {
            const count = group.choices.filter((choice) => several.picked.has(choice.id)).length;
            return button(count ? `${group.label} · ${count}` : group.label, () => family(group), {
                class: 'chip family',
            });
        });
        place.replaceChildren(el('div', { class: 'grid' }, ...buttons));
        if (from) buttons[ask.groups.indexOf(from)].focus();
    };
    const family = (group) => {
        const back = button('All families', () => overview(group), { class: 'quiet back' });
        place.replaceChildren(
            el('div', { class: 'family-head' }, el('h2', {}, group.label), back),
            el('div', { class: 'chips' }, ...group.choices.map((choice) => several.toggle(choice)))
        );
        place.querySelector('.chip').focus({ preventScroll: true });
    };
    overview();
    return [place, several.word, several.done, notSure];
}

function quick(asks, words) {
    return el('div', { class: 'choices two' }, ...words.map((text) => big(text, () => asks.answer.say(text))));
}

/** A small form behind a button, for what the quick buttons do not offer. */
function other(label, fields, text, asks) {
    const form = el(
        'form',
        { class: 'other' },
        ...fields,
        el('button', { type: 'submit', class: 'choice primary' }, 'Send')
    );
    form.addEventListener('submit', (event) => {
        event.preventDefault();
        const words = text();
        if (words) asks.answer.say(words);
    });
    const ontoggle = () => form.scrollIntoView({ block: 'nearest' });
    return el('details', { ontoggle }, el('summary', {}, label), form);
}

const field = (label, control) => el('label', {}, el('span', {}, label), control);

function dayNames() {
    const names = new Intl.DateTimeFormat('en', { weekday: 'long' });
    return [2, 3, 4, 5, 6].map((ahead) => names.format(new Date(Date.now() + ahead * 86_400_000)));
}

const builders = {
    choice(ask, asks) {
        if ((ask.max ?? 1) === 1) return [choiceButtons(ask, asks)];
        const several = new Several(ask, asks);
        return [
            el('div', { class: 'chips' }, ...ask.choices.map((choice) => several.toggle(choice))),
            several.word,
            several.done,
        ];
    },

    done: (ask, asks) => [big('Done', () => asks.answer.say('done'), { class: 'choice primary' })],

    scale(ask, asks) {
        const numbers = Array.from({ length: ask.to - ask.from + 1 }, (_, step) => ask.from + step);
        const ends = { [ask.from]: ask.low, [ask.to]: ask.high };
        return [
            el(
                'div',
                { class: 'ends', 'aria-hidden': 'true' },
                el('span', {}, ask.low ?? ''),
                el('span', {}, ask.high ?? '')
            ),
            el(
                'div',
                { class: `scale n${numbers.length}`, role: 'group', 'aria-label': `From ${ask.from} to ${ask.to}` },
                ...numbers.map((number) =>
                    button(String(number), () => asks.choose([String(number)], String(number)), {
                        class: 'number',
                        'aria-label': ends[number] ? `${number}, ${ends[number]}` : false,
                    })
                )
            ),
            ask.choices?.length ? choiceButtons(ask, asks) : null,
        ].filter(Boolean);
    },

    number(ask, asks) {
        if (ask.from === undefined || ask.to === undefined) return [];
        if (ask.to - ask.from > 11) return [el('p', { class: 'fine' }, `A number from ${ask.from} to ${ask.to}.`)];
        const numbers = Array.from({ length: ask.to - ask.from + 1 }, (_, step) => String(ask.from + step));
        return [
            el(
                'div',
                { class: `scale n${numbers.length}`, role: 'group', 'aria-label': `From ${ask.from} to ${ask.to}` },
                ...numbers.map((number) => button(number, () => asks.answer.say(number), { class: 'number' }))
            ),
        ];
    },

    length(ask, asks) {
        const amount = el('input', { type: 'number', min: 1, inputmode: 'numeric', required: true, value: 45 });
        const unit = el('select', {}, ...['minutes', 'hours', 'days'].map((name) => el('option', {}, name)));
        return [
            quick(asks, ['20 minutes', '30 minutes', '1 hour', '2 hours']),
            other(
                'Another length',
                [field('How many', amount), field('Of what', unit)],
                () => `${amount.value} ${unit.value}`,
                asks
            ),
        ];
    },

    moment(ask, asks) {
        const days = el(
            'select',
            {},
            el('option', { value: '' }, 'Today'),
            el('option', { value: 'tomorrow ' }, 'Tomorrow'),
            ...dayNames().map((name) => el('option', { value: `on ${name} ` }, name))
        );
        const time = el('input', { type: 'time', required: true, value: '18:00' });
        return [
            quick(asks, ['In 20 minutes', 'In 30 minutes', 'In 1 hour', 'Tomorrow at 9:00']),
            other(
                'Another time',
                [field('Day', days), field('Time', time)],
                () => `${days.value}at ${time.value}`,
                asks
            ),
        ];
    },

    country(ask, asks) {
        if (!ask.choices?.length) return [];
        const list = el(
            'select',
            { 'aria-label': 'Country' },
            ...ask.choices.map((choice) => el('option', { value: choice.id }, choice.label))
        );
        const send = () => asks.choose([list.value], list.selectedOptions[0].label);
        return [el('div', { class: 'other' }, list, big('Send', send, { class: 'choice primary' }))];
    },

    feelings: families,
    needs: families,
    words: () => [],
};
