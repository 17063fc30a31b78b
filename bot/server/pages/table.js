/**
 * Two people at one table, with one device between them. Each is a person to the server, with a connection of their own; the page
 * shows one of them at a time, and covers itself before a private part is handed over.
 */

import { byId } from './dom.js';
import { copyOf } from './place.js';
import { Seat } from './seat.js';

const kGuest = 'guest'; // in the session storage: until the page is closed, or left by Exit

export class Table {
    /** `first`: the seat of the person whose browser it is. `on` as for a Seat. */
    constructor(first, on) {
        this.first = first;
        this.on = on;
        this.inHand = first;
        byId('cover-here').addEventListener('click', () => this.uncover());
        const token = stored();
        if (token) this.open(token);
    }

    get active() {
        return Boolean(this.second);
    }

    /** The other one comes to the table: a seat is asked for, and they take it at this page. */
    begin(bubble) {
        if (!this.second) this.open();
        this.invitation = bubble;
        this.ask();
    }

    open(token) {
        const root = this.first.root.cloneNode(false);
        root.id = 'seat-2';
        root.hidden = true;
        root.classList.remove('with-room');
        root.append(copyOf(this.first.blank, '2'));
        this.first.root.after(root);
        this.second = new Seat(
            root,
            {
                ...this.on,
                state() {},
                welcome: (frame) => {
                    if (frame.token) {
                        keep(frame.token);
                        this.second.connection.token = frame.token;
                    }
                    this.ask();
                },
                seat() {},
                linked() {},
                bye: () => this.close(),
                error: (frame) => (frame.code === 'bad_token' ? this.close() : this.on.error(frame, this.second)),
            },
            true
        );
        this.second.connection.token = token;
        this.second.connection.start();
    }

    ask() {
        if (!this.invitation || !this.second?.connection.open) return;
        const { conversation, role } = this.invitation;
        this.first.connection.request({ type: 'invite', conversation, role });
    }

    /** True if the code was for the one at the table. */
    takes(frame) {
        if (!this.invitation || frame.conversation !== this.invitation.conversation) return false;
        this.invitation = undefined;
        this.second.connection.request({ type: 'link', code: frame.code });
        return true;
    }

    /** Whoever is asked gets the device; one's own questions come first. */
    look() {
        if (!this.second) return;
        for (const seat of [this.first, this.second]) if (seat.room) seat.room.aloud = true;
        const other = this.inHand === this.first ? this.second : this.first;
        if (this.next || this.inHand.asked || !other.asked) return;
        const together = other.room?.asked && this.inHand.shown === this.inHand.room && this.inHand.room.view?.open;
        if (together) {
            this.hand(other);
            other.select(other.room);
            return;
        }
        this.next = other;
        byId('cover-words').textContent = `The next part is for ${this.nameOf(other)} alone. Hand the device over.`;
        byId('cover').hidden = false;
        byId('cover-here').focus();
    }

    uncover() {
        byId('cover').hidden = true;
        if (this.next) this.hand(this.next);
        this.next = undefined;
    }

    hand(seat) {
        this.inHand.root.hidden = true;
        this.inHand = seat;
        seat.root.hidden = false;
        this.on.handed(seat);
        seat.shown.log.revealNewest();
    }

    nameOf(seat) {
        const other = seat === this.first ? this.second : this.first;
        return other.room?.view?.with[0] ?? (seat === this.first ? 'the one who began' : 'the other one of you');
    }

    exit() {
        this.second?.connection.request({ type: 'exit' });
    }

    close() {
        keep('');
        if (!this.second) return;
        if (this.inHand === this.second) this.hand(this.first);
        this.second.connection.stop();
        this.second.root.remove();
        this.second = undefined;
        byId('cover').hidden = true;
        this.next = undefined;
    }
}

function stored() {
    try {
        return sessionStorage.getItem(kGuest) ?? '';
    } catch {
        return '';
    }
}

function keep(token) {
    try {
        if (token) sessionStorage.setItem(kGuest, token);
        else sessionStorage.removeItem(kGuest);
    } catch {
        // Storage is switched off: then the one at the table begins anew after a reload.
    }
}
