/** The fake Discord (tests/discord/fake_discord.cpp) as a program beside this one, and how it is driven. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Fake {
    /** `options`: those of fake_discord.cpp. */
    static async start(binary, options) {
        const child = spawn(binary, [JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
        for await (const line of createInterface(child.stdout)) return new Fake(child, JSON.parse(line));
        throw new Error(`${binary} ended before it was ready`);
    }

    constructor(child, self) {
        this.child = child;
        Object.assign(this, self); // api, bot, port
    }

    /** What fake_discord.hpp calls `what`; its answer. */
    async do(what, given = {}) {
        const response = await fetch(`http://127.0.0.1:${this.port}/control`, {
            method: 'POST',
            body: JSON.stringify({ do: what, ...given }),
        });
        const { ok, error } = await response.json();
        assert.equal(error, undefined, `${what}: ${error}`);
        return ok;
    }

    /** It ends with its input. */
    stop() {
        this.child.stdin.end();
    }
}
