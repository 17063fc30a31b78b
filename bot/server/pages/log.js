/** The conversation on the page: turns in order, bubbles one after the other at a reading pace, what is still on its way. */

import { bubbleOf, ownBubble } from './bubbles.js';
import { byId, el, prefersCalm } from './dom.js';

const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

export const youSaid = (message) =>
    message.you ? (message.you.text ?? (message.you.picks ?? []).join(', ')) : undefined;

export class Log {
    constructor() {
        this.root = byId('log');
        this.clear();
    }

    clear() {
        this.root.replaceChildren();
        this.pending = new Map(); // outbox entry -> {node, text, taken}
        this.oldest = undefined; // seq of the first turn shown
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
        this.oldest ??= message.seq;
        this.root.append(...this.dayLine(message), turn, ...this.waiting());
        let first = true;
        for (const bubble of message.bubbles) {
            if (!first && slowly()) await this.pause(turn, bubble);
            first = false;
            turn.append(bubbleOf(bubble));
            this.revealNewest();
        }
    }

    /** Brings the newest turn's first bubble, and as much as fits of what follows it, onto the screen. */
    revealNewest() {
        const turn = this.root.lastElementChild;
        if (turn) this.reveal(turn.querySelector('.bot') ?? turn);
    }

    /** Puts older turns before all others, without moving what the person is looking at. */
    prepend(messages) {
        const before = document.documentElement.scrollHeight;
        const turns = messages.map((message) => {
            const turn = this.turn(message);
            const said = youSaid(message);
            if (said !== undefined) turn.append(ownBubble(said));
            turn.append(...message.bubbles.map(bubbleOf));
            return turn;
        });
        this.root.prepend(...turns);
        if (messages.length > 0) this.oldest = messages[0].seq;
        scrollBy({ top: document.documentElement.scrollHeight - before, behavior: 'instant' });
    }

    /** Ends the present pause between bubbles at once. */
    hurry() {
        this.endPause?.();
    }

    /** Scrolls to the end, but never so far that the beginning of `node` leaves the screen. */
    reveal(node) {
        const header = document.querySelector('.top')?.offsetHeight ?? 0;
        const start = node.getBoundingClientRect().top + scrollY - header - 16;
        const end = document.documentElement.scrollHeight - innerHeight;
        const top = Math.min(start, end);
        if (top > scrollY) scrollTo({ top, behavior: prefersCalm() ? 'instant' : 'smooth' });
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
