/**
 * A stand-in for the real server while one works on the page: serves bot/server/pages under the same Content-Security-Policy
 * and speaks `reweave.v1` with a canned conversation, in memory. `node mock_server.mjs [PORT]` runs it by hand.
 */

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { helpLines, steps, understand } from './mock_talk.mjs';

const pages = new URL('../../bot/server/pages/', import.meta.url);
const types = {
    html: 'text/html; charset=utf-8',
    js: 'text/javascript; charset=utf-8',
    css: 'text/css; charset=utf-8',
    svg: 'image/svg+xml',
};
const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const text = (words) => ({ kind: 'text', text: words });
const token = () => randomBytes(16).toString('hex');

class Person {
    messages = [];
    sockets = new Set();
    place = 0;
    ask = undefined;
    deleting = false;

    /** Adds a turn and hands it to every socket of the person. */
    turn(bubbles, ask, you) {
        const seq = this.messages.length + 1;
        if (ask) this.ask = { ...ask, id: `q${seq}` };
        else if (you) this.ask = undefined;
        const message = { type: 'message', seq, at: new Date().toISOString(), bubbles, readers: 'Only you' };
        if (you) message.you = you;
        if (ask) message.ask = this.ask;
        this.messages.push(message);
        for (const socket of this.sockets) send(socket, message);
    }

    begin(place, you) {
        this.place = place;
        this.turn(steps[place].say, steps[place].ask, you);
    }

    answer(picks, you) {
        const step = steps[this.place];
        const next = step.next?.(picks[0]);
        this.begin(next ? steps.findIndex((one) => one.id === next) : Math.min(this.place + 1, steps.length - 1), you);
    }

    hear(words) {
        const you = { text: words };
        const word = words.toLowerCase();
        const again = steps[this.place].ask;
        if (this.deleting) {
            this.deleting = false;
            return word === 'yes' ? 'deleted' : this.turn([text('Nothing was deleted.')], again, you);
        }
        if (word === 'help') return this.turn([helpLines], again, you);
        if (word === 'stop') return this.turn([text('We stop here. Your words stay private.')], undefined, you);
        if (word === 'pause') return this.turn([text('Your place is kept. Write when you are back.')], undefined, you);
        if (word === 'back') return this.begin(Math.max(0, this.place - 1), you);
        if (word === 'delete') {
            this.deleting = true;
            return this.turn(
                [text('Erase all that you wrote here? This can’t be undone.')],
                {
                    kind: 'choice',
                    max: 1,
                    choices: [
                        { id: 'yes', label: 'Yes' },
                        { id: 'no', label: 'No' },
                    ],
                },
                you
            );
        }
        const picks = understand(this.ask, words);
        if (!picks) return this.turn([text('I may have read that wrong. Which is closer?')], again, you);
        return this.answer(picks, you);
    }
}

const send = (socket, frame) => socket.send(JSON.stringify(frame));

export class Mock {
    devices = new Map(); // token -> {person, last}
    codes = new Map(); // code -> person
    frames = []; // what came in, for tests
    most = 200; // newest turns handed over at a hello

    async start(port = 0) {
        this.http = createServer((request, response) => this.page(request, response));
        this.sockets = new WebSocketServer({ server: this.http, path: '/ws', maxPayload: 16384 });
        this.sockets.on('headers', (headers, request) => {
            request.device = this.devices.has(cookieOf(request)) ? cookieOf(request) : token();
            headers.push(`Set-Cookie: reweave_device=${request.device}; HttpOnly; SameSite=Strict; Path=/`);
        });
        this.sockets.on('connection', (socket, request) => this.meet(socket, request));
        await new Promise((done) => this.http.listen(port, '127.0.0.1', done));
        this.url = `http://127.0.0.1:${this.http.address().port}/`;
        return this;
    }

    stop() {
        for (const socket of this.sockets.clients) socket.terminate();
        this.http.close();
    }

    async page(request, response) {
        const name = request.url === '/' ? 'index.html' : request.url.slice(1);
        try {
            if (!/^[a-z]+\.[a-z]+$/.test(name)) throw new Error('no such page');
            const body = await readFile(fileURLToPath(new URL(name, pages)));
            response.writeHead(200, {
                'Content-Type': types[name.split('.')[1]],
                'Content-Security-Policy': policy,
                'Cache-Control': 'no-store',
                'Referrer-Policy': 'no-referrer',
                'X-Content-Type-Options': 'nosniff',
            });
            response.end(body);
        } catch {
            response.writeHead(404).end();
        }
    }

    meet(socket, request) {
        let device = request.device;
        socket.on('message', (data) => {
            const frame = JSON.parse(data);
            this.frames.push(frame);
            const known = this.devices.get(device);
            if (frame.type === 'hello') return this.hello(socket, device, frame);
            if (!known) return send(socket, { type: 'error', code: 'not_first_hello', message: 'Say hello first.' });
            return this.take(socket, device, known, frame);
        });
        socket.on('close', () => this.devices.get(device)?.person.sockets.delete(socket));
    }

    hello(socket, device, frame) {
        if (!this.devices.has(device)) this.devices.set(device, { person: new Person(), last: 0, ids: new Set() });
        const { person } = this.devices.get(device);
        send(socket, { type: 'welcome', protocol: 1, seq: person.messages.length, readers: 'Only you' });
        for (const message of person.messages.slice(frame.seen).slice(-this.most)) send(socket, message);
        person.sockets.add(socket);
        if (person.messages.length === 0) person.begin(0);
    }

    take(socket, device, known, frame) {
        const { person } = known;
        switch (frame.type) {
            case 'message':
            case 'choose':
                return this.inbound(socket, device, known, frame);
            case 'ping':
                return send(socket, { type: 'pong' });
            case 'history':
                return send(socket, {
                    type: 'history',
                    messages: person.messages.slice(Math.max(0, frame.before - 1 - frame.limit), frame.before - 1),
                });
            case 'code': {
                const code = randomBytes(6)
                    .toString('hex')
                    .toUpperCase()
                    .replace(/(.{4})(.{4})(.{4})/, '$1-$2-$3');
                this.codes.set(code, person);
                return send(socket, { type: 'code', code, expires: new Date(Date.now() + 600_000).toISOString() });
            }
            case 'link': {
                const other = this.codes.get(frame.code);
                if (!other)
                    return send(socket, {
                        type: 'error',
                        code: 'bad_code',
                        message: 'That code is wrong or too old. Ask the other device for a new one.',
                    });
                this.codes.delete(frame.code);
                person.sockets.delete(socket);
                known.person = other;
                send(socket, { type: 'linked' });
                return this.hello(socket, device, { seen: 0 });
            }
            case 'exit':
                this.devices.delete(device);
                person.sockets.delete(socket);
                send(socket, { type: 'bye', reason: 'exit' });
                return socket.close(1000);
            default:
        }
    }

    inbound(socket, device, known, frame) {
        const { person } = known;
        if (known.ids.has(frame.id)) return send(socket, { type: 'ack', id: frame.id, again: true });
        if (frame.id <= known.last)
            return send(socket, { type: 'error', code: 'id_not_rising', message: 'Ids must rise.', id: frame.id });
        if (frame.type === 'choose' && frame.ask !== person.ask?.id)
            return send(socket, {
                type: 'error',
                code: 'stale_ask',
                message: 'That question has moved on.',
                id: frame.id,
            });
        known.last = frame.id;
        known.ids.add(frame.id);
        send(socket, { type: 'ack', id: frame.id });
        if (frame.type === 'message') return this.end(person.hear(frame.text), person);
        if (person.deleting) return this.end(person.hear(frame.picks[0]), person);
        const { choices = [], groups = [] } = person.ask;
        const options = [...choices, ...groups.flatMap((group) => group.choices)];
        const labels = frame.picks.map((pick) => options.find((option) => option.id === pick)?.label ?? pick);
        return person.answer(frame.picks, { picks: labels });
    }

    end(outcome, person) {
        if (outcome !== 'deleted') return;
        for (const [device, { person: owner }] of this.devices) if (owner === person) this.devices.delete(device);
        for (const socket of person.sockets) {
            send(socket, { type: 'bye', reason: 'deleted' });
            socket.close(1000);
        }
    }
}

const cookieOf = (request) => /reweave_device=([0-9a-f]+)/.exec(request.headers.cookie ?? '')?.[1];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const mock = await new Mock().start(Number(process.argv[2] ?? 8090));
    console.log(`The chat page, with a mock behind it: ${mock.url}`);
}
