/** Somebody at a client that is not ours (peer.mjs), who waits for what the bot says and answers it. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const wordsOf = (event) => event.content['m.new_content']?.body ?? event.content.body ?? '';

export class Reader {
    /** `folder` has the client's packages; `account` is what its `login` takes. */
    static async at(folder, account) {
        const reader = new Reader();
        const program = fileURLToPath(new URL('peer.mjs', import.meta.url));
        reader.process = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'ignore'] });
        reader.user = account.user;
        reader.waiting = new Map(); // id of a command -> who waits for its answer
        reader.number = 0;
        reader.read = new Map(); // room -> how many events were answered, or are too old to be
        createInterface(reader.process.stdout).on('line', (line) => {
            const { id, ok, error } = JSON.parse(line);
            const { done, failed } = reader.waiting.get(id);
            reader.waiting.delete(id);
            if (error === undefined) done(ok);
            else failed(new Error(error));
        });
        reader.process.on('exit', () => {
            for (const { failed } of reader.waiting.values()) failed(new Error('the client has ended'));
        });
        await reader.ask('login', account);
        await reader.ask('sync');
        return reader;
    }

    ask(command, more = {}) {
        const id = (this.number += 1);
        this.process.stdin.write(`${JSON.stringify({ id, do: command, ...more })}\n`);
        return new Promise((done, failed) => this.waiting.set(id, { done, failed }));
    }

    stop() {
        this.process.stdin.end();
    }

    timeline(room, since = 0) {
        return this.ask('timeline', { room, since });
    }

    /** Waits for the next message of somebody else in which this is; its words. What came before it counts as read. */
    async told(room, cue, patience = 20_000) {
        const from = this.read.get(room) ?? 0;
        for (const end = Date.now() + patience; ; await sleep(50)) {
            const events = await this.timeline(room, from);
            const at = events.findIndex((event) => event.sender !== this.user && cue.test(wordsOf(event)));
            if (at >= 0) {
                this.read.set(room, from + at + 1);
                return wordsOf(events[at]);
            }
            if (Date.now() > end) throw new Error(`waited for ${cue}; since then came ${JSON.stringify(events.map(wordsOf))}`);
        }
    }

    say(room, body) {
        return this.ask('send', { room, type: 'm.room.message', content: { msgtype: 'm.text', body, 'm.mentions': {} } });
    }

    /** Pairs of what the bot asks and what is answered. */
    async answers(room, pairs) {
        for (const [cue, words] of pairs) {
            await this.told(room, cue);
            await this.say(room, words);
        }
    }

    /** The room into which somebody asks them; they come. */
    async comes() {
        for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) {
            const [room] = await this.ask('invites');
            if (!room) continue;
            await this.ask('accept', { room });
            return room;
        }
        throw new Error('nobody asks them into a room');
    }
}
