/**
 * Runs the browser tests for CTest; 77 says that something they need is not there.
 *   node run.mjs                  every kind of bubble and question, against the mock that has them all
 *   node run.mjs --serve BINARY   the page's tests and the outsider's client, against the bot itself on a new data folder
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const needs = {
    'Node 18 or newer': Number(process.versions.node.split('.')[0]) >= 18,
    [chromium]: existsSync(chromium),
    'the packages (npm ci in tests/browser)': existsSync(`${here}node_modules/playwright-core`),
    'the packages (npm ci in tests/clients)': existsSync(`${here}../clients/node_modules/ws`),
};

async function run(args, env = {}) {
    const child = spawn(process.execPath, args, { cwd: here, stdio: 'inherit', env: { ...process.env, ...env } });
    return (await once(child, 'exit'))[0] ?? 1;
}

/** Many people come from one address here, and faster than people type: the limits of the settings must not stop them. */
const settings = (data) => `data: "${data}"
together: true
web:
  port: 0
  limits:
    new_people_per_hour: 100000
    messages_per_minute: 6000
    burst: 1000
operator:
  port: 0
`;

async function againstTheBot(binary) {
    const data = await mkdtemp(path.join(tmpdir(), 'reweave-'));
    await writeFile(path.join(data, 'settings.yaml'), settings(path.join(data, 'data')));
    const bot = spawn(binary, ['serve', '--config', path.join(data, 'settings.yaml')], {
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(bot, 'exit');
    try {
        for await (const line of createInterface(bot.stdout)) {
            const url = /http:\S+/.exec(line)?.[0];
            if (!url) continue;
            const client = await run(['../clients/own_part.mjs', new URL('/ws', url.replace('http', 'ws')).href]);
            return client || (await run(['--test', 'page.test.mjs', 'together.test.mjs'], { REWEAVE_URL: url }));
        }
        console.error('The bot ended before it was ready.');
        return 1;
    } finally {
        bot.kill('SIGTERM');
        await ended;
        await rm(data, { recursive: true, force: true });
    }
}

const missing = Object.keys(needs).filter((need) => !needs[need]);
if (missing.length > 0) {
    console.log(`Skipped: the browser tests need ${missing.join(', ')}.`);
    process.exit(77);
}
const serve = process.argv.indexOf('--serve');
process.exit(await (serve > 0 ? againstTheBot(process.argv[serve + 1]) : run(['--test', 'kinds.test.mjs'])));
