/** One person at this page: their connection, their private place, and the room they are in. */

import { el } from './dom.js';
import { copyOf, Place } from './place.js';
import { Connection } from './protocol.js';

export class Seat {
    /**
     * `root` holds the private place. `on`: status(text), state(state), person(number), changed(seat), invite(bubble, seat),
     * leaves(text), code, seat, linked, bye, error, token; `guest`: beside the person whose browser it is.
     */
    constructor(root, on, guest) {
        this.root = root;
        this.on = on;
        this.turns = Promise.resolve(); // turns are shown one after the other
        this.waitingTurns = 0;
        this.catchUpTo = 0; // turns up to here are not new: no pacing
        this.oldest = undefined;
        const place = root.querySelector('.place');
        this.blank = place.cloneNode(true);
        this.own = this.place(place);
        this.room = undefined; // the newest one
        this.shown = this.own;
        this.tabs = el('div', { class: 'tab-row' });
        this.connection = new Connection(this.answers(), guest);
        this.earlier = place.querySelector('[data-part="earlier"]');
        this.earlier.addEventListener('click', () =>
            this.connection.request({ type: 'history', before: this.oldest, limit: 20 })
        );
    }

    place(root, room) {
        return new Place(root, room, {
            send: (frame) => {
                const entry = this.connection.post(frame);
                if (this.connection.open) this.on.status('');
                return entry;
            },
            changed: () => this.on.changed(this),
            invite: (bubble) => this.on.invite(bubble, this),
            leaves: (text) => this.on.leaves(text),
        });
    }

    answers() {
        return {
            state: (state) => this.on.state(state, this),
            welcome: (frame) => {
                this.catchUpTo = frame.seq;
                this.own.readers(frame.readers);
                for (const view of frame.rooms ?? []) this.enter(view);
                this.on.welcome(frame, this);
            },
            message: (message) => this.queue(message),
            history: (frame) => {
                for (const place of this.places()) {
                    place.log.prepend(frame.messages.filter((message) => message.room?.id === place.room));
                }
                if (frame.messages.length > 0) this.oldest = frame.messages[0].seq;
                this.earlier.hidden = frame.messages.length === 0 || this.oldest <= 1;
            },
            accepted: (entry) => this.placeOf(entry.frame).log.settle(entry),
            refused: (entry, error) => {
                if (error.code === 'bad_token') return;
                const moved = error.code === 'stale_ask' || error.code === 'unknown_ask';
                this.placeOf(entry.frame).refused(entry, moved);
                this.on.status(
                    moved
                        ? 'That question has moved on. The newest one is below.'
                        : `That didn't go through: ${error.message}`
                );
            },
            code: (frame) => this.on.code(frame, this),
            seat: (frame) => this.on.seat(frame, this),
            linked: () => {
                this.clear();
                this.on.linked(this);
            },
            bye: (frame) => this.on.bye(frame, this),
            error: (frame) => this.on.error(frame, this),
        };
    }

    places() {
        return this.room ? [this.own, this.room] : [this.own];
    }

    placeOf(frame) {
        const room = frame.room ?? (/^\d+\.room\./.test(frame.ask ?? '') ? Number.parseInt(frame.ask, 10) : undefined);
        return this.room && this.room.room === room ? this.room : this.own;
    }

    get asked() {
        return this.places().some((place) => place.asked);
    }

    queue(message) {
        this.waitingTurns += 1;
        this.oldest ??= message.seq;
        this.turns = this.turns.then(async () => {
            const isNew = message.seq > this.catchUpTo;
            const place = message.room ? this.enter(message.room) : this.own;
            await place.show(
                message,
                isNew,
                () =>
                    this.waitingTurns === 1 &&
                    document.visibilityState === 'visible' &&
                    this.connection.outbox.size === 0
            );
            this.waitingTurns -= 1;
            this.earlier.hidden = this.oldest <= 1;
            if (isNew) this.arrived(place, message);
            if (this.waitingTurns > 0) return;
            for (const each of this.places()) each.settle();
            this.connection.seen(message.seq);
        });
    }

    /** The room's place; the newest room is the one that is shown. */
    enter(view) {
        if (this.room?.room !== view.id) {
            this.room?.root.remove();
            const root = copyOf(this.blank, `room-${view.id}`);
            this.root.append(root);
            this.room = this.place(root, view.id);
            this.room.readers(view.readers);
            if (view.open) this.select(this.room);
            else this.select(this.shown);
        }
        this.room.roomIs(view);
        return this.room;
    }

    /** Where something new happens that waits for the person, the page goes; elsewhere a dot tells. */
    arrived(place, message) {
        if (place === this.shown) return;
        const closed = message.room && !message.room.open;
        if (closed || (message.ask && !this.shown.asked) || (this.shown.view && !this.shown.view.open)) {
            if (!closed) this.select(place);
        } else {
            place.news = true;
        }
        this.showTabs();
    }

    select(place) {
        this.shown = place;
        place.news = false;
        for (const each of this.places()) each.root.classList.toggle('shown', each === place);
        this.root.classList.toggle('with-room', Boolean(this.room));
        this.showTabs();
        place.log.revealNewest();
    }

    showTabs() {
        const tab = (place, label) =>
            el(
                'button',
                {
                    type: 'button',
                    role: 'tab',
                    'aria-selected': String(place === this.shown),
                    'aria-controls': place.root.id,
                    class: place.news ? 'news' : false,
                    onclick: () => this.select(place),
                },
                label,
                place.news && el('span', { class: 'unseen' }, ' (new)')
            );
        this.tabs.replaceChildren(
            ...(this.room
                ? [tab(this.own, 'Only you'), tab(this.room, this.room.readersLine.textContent || 'Together')]
                : [])
        );
        this.on.changed(this);
    }

    clear() {
        for (const place of this.places()) place.clear();
        this.room?.root.remove();
        this.room = undefined;
        this.oldest = undefined;
        this.select(this.own);
        this.earlier.hidden = true;
    }
}
