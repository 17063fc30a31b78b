/** Ana talks with the bot itself, `reweave serve`, on a Discord that is not Discord's: a fake of ours, or one that others made. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const kPage = 'https://chat.example.org';
const kEphemeral = 64;
const talk = fileURLToPath(new URL('../talk', import.meta.url));
const held = (sentence) => console.log(`ok  ${sentence}`);

/** What `look` finds, soon. */
export async function soon(what, look) {
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
        const found = await look();
        if (found) return found;
    }
    assert.fail(`${what} stays out`);
}

/** The bot on `discord`, with a folder of its own, while `what` happens. */
async function served(binary, discord, words, what) {
    const folder = await mkdtemp(path.join(tmpdir(), 'reweave-'));
    const settings = path.join(folder, 'settings.yaml');
    const all = {
        data: path.join(folder, 'data'),
        dialogs: talk,
        web: { port: 0, public_url: kPage },
        operator: { port: 0 },
        discord: { enabled: true, api: discord.api, private_words: words },
    };
    await writeFile(settings, JSON.stringify(all)); // JSON is YAML
    const start = (...args) => spawn(binary, [...args, '--config', settings], {
        env: { ...process.env, REWEAVE_DISCORD_TOKEN: discord.token },
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    const login = start('discord', 'login');
    login.stdout.resume();
    assert.equal((await once(login, 'exit'))[0], 0, 'the bot cannot log in');
    const bot = start('serve');
    const ended = once(bot, 'exit');
    try {
        const lines = createInterface(bot.stdout);
        await once(lines, 'line');
        await what();
    } finally {
        bot.kill('SIGTERM');
        await ended;
        await rm(folder, { recursive: true, force: true });
    }
}

const controls = (message) => message.components.flatMap((row) => row.components);
const labels = (message) => controls(message).map(({ label }) => label);
function control(message, fits) {
    return controls(message).find(fits) ?? assert.fail(`“${message.content}” has no such control`);
}
const labelled = (label) => (one) => one.label === label;

/**
 * `discord` has api and token, and as Ana:
 *   command(name), press(message, custom_id), choose(message, custom_id, values), submit(interaction, custom_id, words),
 * each of which gives an interaction; answer(interaction), the message that came of it; modal(interaction);
 * message(id), as it is now; ready(), true when the bot is connected.
 */
export async function walk(binary, discord) {
    const only = async (interaction) => {
        const message = await discord.answer(interaction);
        assert.ok(message.flags & kEphemeral, `“${message.content}” is not for Ana alone`);
        return message;
    };
    await served(binary, discord, 'browser', async () => {
        await soon('the bot', () => discord.ready());
        const pointer = await only(await discord.command('checkin'));
        assert.doesNotMatch(pointer.content, /Apples/);
        const [link, ...more] = controls(pointer);
        assert.deepEqual([link.style, new URL(link.url).origin], [5, kPage]);
        assert.deepEqual(more.map(({ label }) => label), ['Write to me when something waits']);
        held('private words on the page: a command is answered with a link, for Ana alone');
    });
    await served(binary, discord, 'ephemeral', async () => {
        await soon('the bot', () => discord.ready());
        const first = await only(await discord.command('checkin'));
        assert.match(first.content, /computer program[^]*Which one would you pick/);
        assert.deepEqual(labels(first), ['Apples', 'Pears', 'Skip']);
        held('private words in answers: a command begins the talk');

        const second = await only(await discord.press(first, control(first, labelled('Pears')).custom_id));
        assert.match(second.content, /You picked pears/i);
        held('a button answers a question');

        const third = await only(await discord.press(second, control(second, labelled('Numb')).custom_id));
        assert.match(third.content, /That is 7/);
        held('a word beside a scale stands for its number');

        const menu = control(third, ({ type }) => type === 3);
        const picked = menu.options.slice(0, 2);
        const chosen = await discord.choose(third, menu.custom_id, picked.map(({ value }) => value));
        await soon('the choice', async () => (await discord.answer(chosen)).id === third.id);
        const fourth = await only(await discord.press(third, control(third, labelled("That's it")).custom_id));
        for (const { label } of picked) assert.match(fourth.content, new RegExp(label, 'i'));
        held('a menu, then its button, answer another');

        const asked = await discord.press(fourth, control(fourth, labelled('Write')).custom_id);
        const form = await soon('the form', () => discord.modal(asked));
        const field = form.components[0].component ?? form.components[0].components[0];
        const last = await only(await discord.submit(asked, { [field.custom_id]: 'a quiet lamp' }));
        assert.match(last.content, /I heard a quiet lamp[^]*Which one would you pick/);
        held('a button shows a form, and what is written there comes back');
    });
}
