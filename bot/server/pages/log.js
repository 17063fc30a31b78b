/** The conversation on the page: turns in order, bubbles one after the other at a reading pace, what is still on its way. */

import { bubbleOf, heardBubble, ownBubble } from './bubbles.js';
import { el, prefersCalm } from './dom.js';

const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

export const youSaid = (message) =>
    message.you ? (message.you.text ?? (message.you.picks ?? []).join(', ')) : undefined;

export class Log {
    /** `place` scrolls, where it has a scroll bar of its own; `cards` are what bubbles with buttons need. */
    constructor(place, root, cards) {
        this.place = place;
        this.root = root;
        this.cards = cards;
        this.clear();
    }

    clear() {
        this.root.replaceChildren();
        this.pending = new Map(); // outbox entry -> {node, text, taken}
        this.lastDay = '';
    }

    /** Shows what the person just said, before the server has it. */
    showPending(entry, text) {
        const node = ownBubble(text, { class: 'bubble own waiting' });
        this.pending.set(entry, { node, text, taken: false });
        this.root.append(node);
        this.reveal(node);
    }

    settle(entry) {
        const waiting = this.pending.get(entry);
        if (!waiting) return;
        waiting.taken = true;
        waiting.node.classList.remove('waiting');
    }

    drop(entry) {
        this.pending.get(entry)?.node.remove();
        this.pending.delete(entry);
    }

    /** Shows one turn. Resolves when its last bubble is there. `slowly` is asked before every bubble. */
    async show(message, slowly) {
        const turn = this.turn(message);
        const said = youSaid(message);
        if (said !== undefined) {
            this.takePending(message.you, said);
            turn.append(ownBubble(said));
        }
        if (message.heard) turn.append(heardBubble(message.heard));
        this.root.append(...this.dayLine(message), turn, ...this.waiting());
        let first = true;
        for (const bubble of message.bubbles) {
            if (!first && slowly()) await this.pause(turn, bubble);
            first = false;
            turn.append(bubbleOf(bubble, this.cards));
            this.revealNewest();
        }
    }

    /** Brings the newest turn's first bubble, and as much as fits of what follows it, onto the screen. */
    revealNewest() {
        const turn = this.root.lastElementChild;
        if (turn) this.reveal(turn.querySelector('.heard, .bot') ?? turn);
    }

    /** Puts older turns before all others, without moving what the person is looking at. */
    prepend(messages) {
        const box = this.box();
        const before = box.scrollHeight;
        const turns = messages.map((message) => {
            const turn = this.turn(message);
            const said = youSaid(message);
            if (said !== undefined) turn.append(ownBubble(said));
            if (message.heard) turn.append(heardBubble(message.heard));
            turn.append(...message.bubbles.map((bubble) => bubbleOf(bubble, this.cards)));
            return turn;
        });
        this.root.prepend(...turns);
        box.scrollBy({ top: box.scrollHeight - before, behavior: 'instant' });
    }

    /** Ends the present pause between bubbles at once. */
    hurry() {
        this.endPause?.();
    }

    /** Scrolls to the end, but never so far that the beginning of `node` leaves the screen. */
    reveal(node) {
        const box = this.box();
        const head = (name) => document.querySelector(name)?.offsetHeight ?? 0;
        const ofRoom = this.place.querySelector('.head-of-room')?.offsetHeight ?? 0;
        const above = ofRoom + (box === this.place ? box.getBoundingClientRect().top : head('.top') + head('.tabs'));
        const start = node.getBoundingClientRect().top + box.scrollTop - above - 16;
        const end = box.scrollHeight - box.clientHeight;
        const top = Math.min(start, end);
        if (top > box.scrollTop) box.scrollTo({ top, behavior: prefersCalm() ? 'instant' : 'smooth' });
    }

    /** What scrolls: the page, or, where places stand side by side, the place. */
    box() {
        return getComputedStyle(this.place).overflowY === 'auto' ? this.place : document.scrollingElement;
    }

    turn(message) {
        return el('div', { class: 'turn', 'data-seq': message.seq });
    }

    dayLine(message) {
        const text = message.at ? day.format(new Date(message.at)) : this.lastDay;
        if (text === this.lastDay) return [];
        const isFirst = this.lastDay === '';
        this.lastDay = text;
        return isFirst ? [] : [el('p', { class: 'day' }, text)];
    }

    waiting() {
        return [...this.pending.values()].map((waiting) => waiting.node);
    }

    /** The turn that came of a pending bubble takes its place. The server may word a press or tidy a line in its own way. */
    takePending(you, said) {
        const entries = [...this.pending.entries()];
        const match =
            entries.find(([, waiting]) => waiting.text === said) ??
            entries.find(([, waiting]) => waiting.taken) ??
            (you.picks && entries.find(([entry]) => entry.frame.type === 'choose'));
        if (match) this.drop(match[0]);
    }

    pause(turn, bubble) {
        const dots = el('div', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
        turn.append(dots);
        this.revealNewest();
        const length = Math.min(600 + 8 * (bubble.text ?? '').length, 1200);
        return new Promise((resolve) => {
            const timer = setTimeout(() => this.endPause(), length);
            this.endPause = () => {
                clearTimeout(timer);
                this.endPause = undefined;
                dots.remove();
                resolve();
            };
        });
    }
}
