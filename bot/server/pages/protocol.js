/**
 * The talk with the server over `reweave.v1`: one socket, opened again for as long as the page lives.
 *
 * What was sent stays in the outbox until it is acknowledged and goes out again, under the same id, after every reconnect;
 * the server drops what it has already. Messages from the server are numbered, so that none is handed on twice.
 */

const kPingEvery = 25_000;
const kAnswerWithin = 10_000;
const kLongestWait = 20_000;
/** Errors after which the same frame may well be taken a little later. */
const kPassing = new Set(['rate_limited', 'internal']);

export class Connection {
    /** `on`: state(text), welcome, message, history, refused(entry, error), code, seat, linked, bye, error; each called with the frame unless said. */
    constructor(on, guest = false) {
        this.on = on;
        this.guest = guest; // the second of two people at this page, with a token of their own
        this.token = '';
        this.outbox = new Map(); // id -> {id, frame, tries}
        this.seq = 0; // newest message handed on
        this.lastId = 0;
        this.leap = 0;
        this.attempt = 0;
        this.stopped = false;
        addEventListener('online', () => this.now());
        document.addEventListener('visibilitychange', () => {
            if (document.visibilityState === 'visible') this.open ? this.ping() : this.now();
        });
    }

    get open() {
        return this.welcomed && this.socket?.readyState === WebSocket.OPEN;
    }

    start() {
        this.stopped = false;
        this.connect();
    }

    stop() {
        this.stopped = true;
        clearTimeout(this.retry);
        clearTimeout(this.pulse);
        this.socket?.close(1000);
    }

    seen(seq) {
        if (this.open) this.write({ type: 'seen', seq });
    }

    /** Sends a frame that is not worth keeping; false when there is no connection. */
    request(frame) {
        if (!this.open) return false;
        this.write(frame);
        return true;
    }

    /** Forgets what came so far: the next welcome brings the whole conversation. */
    reset() {
        this.seq = 0;
        this.outbox.clear();
    }

    // ------------------------------------------------------------------------------------------ sending

    /**
     * Ids must rise for as long as the device lives, also over reloads, and the page keeps nothing: the clock gives them,
     * in microseconds (below 2^53 until the year 2255). If the clock was set back, or another tab was faster, the server
     * says so, and ever greater leaps find a number that is free.
     */
    nextId() {
        this.lastId = Math.max(this.lastId + 1, Date.now() * 1000 + this.leap);
        return this.lastId;
    }

    post(frame) {
        const id = this.nextId();
        const entry = { id, frame, tries: 0 };
        this.outbox.set(id, entry);
        this.send(entry);
        return entry;
    }

    send(entry) {
        if (this.open && this.outbox.get(entry.id) === entry) this.write({ ...entry.frame, id: entry.id });
    }

    write(frame) {
        this.socket.send(JSON.stringify(frame));
    }

    refused(error) {
        const entry = this.outbox.get(error.id);
        if (!entry) {
            this.on.error(error);
            return;
        }
        entry.tries += 1;
        if (error.code === 'id_not_rising' && entry.tries < 12) {
            this.outbox.delete(entry.id);
            this.leap = Math.max(60_000_000, this.leap * 8);
            entry.id = this.nextId();
            this.outbox.set(entry.id, entry);
            this.send(entry);
        } else if (kPassing.has(error.code)) {
            setTimeout(() => this.send(entry), Math.min(1000 * 2 ** entry.tries, kLongestWait));
        } else {
            this.outbox.delete(entry.id);
            this.on.refused(entry, error);
        }
    }

    // --------------------------------------------------------------------------------------- connection

    now() {
        if (this.stopped || this.open || this.socket?.readyState === WebSocket.CONNECTING) return;
        this.attempt = 0;
        this.connect();
    }

    connect() {
        clearTimeout(this.retry);
        this.welcomed = false;
        this.on.state('connecting');
        const address = new URL('/ws', location.href);
        address.protocol = address.protocol.replace('http', 'ws');
        const socket = new WebSocket(address, 'reweave.v1');
        this.socket = socket;
        this.expectAnswer();
        socket.onopen = () => {
            const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
            const hello = { type: 'hello', seen: this.seq, language: navigator.language, time_zone: zone };
            if (this.guest) hello.guest = true;
            if (this.token) hello.token = this.token;
            this.write(hello);
        };
        socket.onmessage = (event) => {
            if (socket === this.socket) this.take(JSON.parse(event.data));
        };
        socket.onclose = () => {
            if (socket === this.socket) this.lost();
        };
    }

    lost() {
        this.welcomed = false;
        clearTimeout(this.pulse);
        if (this.stopped) return;
        this.on.state('offline');
        // Exponential back-off with full jitter, so that a thousand pages do not come back in the same instant.
        const most = Math.min(500 * 2 ** this.attempt, kLongestWait);
        this.attempt += 1;
        const wait = this.retryAfter ?? 250 + Math.random() * most;
        this.retryAfter = undefined;
        clearTimeout(this.retry);
        this.retry = setTimeout(() => this.connect(), wait);
    }

    ping() {
        this.write({ type: 'ping' });
        this.expectAnswer();
    }

    /** A socket can be dead without saying so: if nothing comes in time, it is given up. */
    expectAnswer() {
        clearTimeout(this.pulse);
        const socket = this.socket;
        this.pulse = setTimeout(() => {
            if (socket === this.socket) this.giveUp();
        }, kAnswerWithin);
    }

    giveUp() {
        const socket = this.socket;
        this.socket = undefined;
        socket.close();
        this.lost();
    }

    // ---------------------------------------------------------------------------------------- receiving

    take(frame) {
        clearTimeout(this.pulse);
        this.pulse = setTimeout(() => this.open && this.ping(), kPingEvery);
        switch (frame.type) {
            case 'welcome':
                this.welcome(frame);
                break;
            case 'message':
                if (frame.seq <= this.seq) break;
                this.seq = frame.seq;
                this.on.message(frame);
                break;
            case 'ack':
                this.acknowledged(frame.id);
                break;
            case 'error':
                this.refused(frame);
                break;
            case 'bye':
                this.bye(frame);
                break;
            case 'linked':
                this.reset();
                this.on.linked(frame);
                break;
            case 'pong':
                break;
            default:
                this.on[frame.type]?.(frame);
        }
    }

    welcome(frame) {
        this.attempt = 0;
        this.welcomed = true;
        if (frame.seq < this.seq) {
            // Another conversation than the one this page shows (it was erased meanwhile): begin with an empty page.
            this.seq = 0;
            this.on.linked(frame);
            this.giveUp();
            return;
        }
        this.on.state('open');
        this.on.welcome(frame);
        for (const entry of this.outbox.values()) this.send(entry);
    }

    acknowledged(id) {
        const entry = this.outbox.get(id);
        if (!entry) return;
        this.outbox.delete(id);
        this.on.accepted(entry);
    }

    bye(frame) {
        if (frame.reason === 'drain') {
            this.retryAfter = (frame.retry_after ?? 1) * 1000 * (1 + Math.random() / 2);
            return;
        }
        this.stop();
        this.on.bye(frame);
    }
}
