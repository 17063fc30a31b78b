/**
 * The fake Discord, judged by discord.js: what a bot of ours does there, done by a client that knows nothing of ours.
 *   node smoke.mjs FAKE [RECORDING]     FAKE is the program fake_discord; what it was asked is written to RECORDING
 * One line for each step that held. Ends with 77 where discord.js is not there.
 */

import assert from 'node:assert/strict';
import { Fake } from './fake.mjs';

const discordJs = await import('discord.js').catch(() => null);
if (!discordJs) {
    console.log('Skipped: discord.js is not there (npm ci in tests/discord/clients).');
    process.exit(77);
}
const { Client, MessageFlags, Partials, GatewayIntentBits: Intents, ChannelType, ComponentType } = discordJs;

setTimeout(() => {
    console.error('It takes too long; the step after the last line hangs.');
    process.exit(1);
}, 25_000).unref();

const kToken = 'a-token'; // discord.js takes a "bot" away from the beginning
const fake = await Fake.start(process.argv[2], { token: kToken, record: process.argv[3] });
const ana = await fake.do('add_user', { name: 'Ana' });
const ben = await fake.do('add_user', { name: 'Ben' });
const guild = await fake.do('add_guild', { name: 'Kitchen' });
const channel = await fake.do('add_channel', { guild, name: 'table' });
const dm = await fake.do('open_dm', { user: ana });

const client = new Client({
    intents: [Intents.Guilds, Intents.GuildMessages, Intents.DirectMessages],
    partials: [Partials.Channel],
    allowedMentions: { parse: [] },
    rest: { api: fake.api.replace(/\/v10$/, '') },
});
const held = (sentence) => console.log(`ok  ${sentence}`);

/** What `act` makes happen at the client, if it fits. */
async function seen(event, fits, act) {
    const happens = new Promise((resolve) => {
        client.on(event, function listen(what) {
            if (!fits(what)) return;
            client.off(event, listen);
            resolve(what);
        });
    });
    const [what, made] = await Promise.all([happens, act()]);
    return { what, made };
}
const message = (of) => (what) => what.channelId === of && what.author.id !== client.user.id;
const interaction = (user) => (what) => what.user.id === user;
const row = (...components) => ({ type: ComponentType.ActionRow, components });

async function login() {
    await seen('clientReady', () => true, () => client.login(kToken));
    assert.equal(client.user.id, fake.bot);
    assert.equal(client.guilds.cache.get(guild).name, 'Kitchen');
    assert.equal(client.channels.cache.get(channel).name, 'table');
    held('login: READY, then GUILD_CREATE with its channel');
}

async function listening() {
    const said = (place, more) => seen('messageCreate', message(place), () =>
        fake.do('write', { channel: place, user: ana, text: 'a lamp', ...more }));
    const alone = await said(dm, {});
    assert.equal(alone.what.content, 'a lamp');
    assert.equal(alone.what.id, alone.made);
    assert.equal(alone.what.channel.type, ChannelType.DM);
    held('a direct message comes with its words');
    const named = await said(channel, { mentions_bot: true });
    assert.match(named.what.content, /a lamp/);
    assert.ok(named.what.mentions.has(client.user));
    assert.equal(named.what.member.displayName, 'Ana');
    held('so does one that mentions the bot');
    const other = await said(channel, {});
    assert.equal(other.what.content, '');
    held('and one that does not comes without them');
    const changed = await seen('messageUpdate', (what) => what.id === alone.made, () =>
        fake.do('edit', { message: alone.made, text: 'a lamp, lit' }));
    assert.equal(changed.what.content, 'a lamp');
    await seen('messageDelete', (what) => what.id === named.made, () => fake.do('remove', { message: named.made }));
    held('people edit and delete');
}

async function writing() {
    const place = client.channels.cache.get(channel);
    const sent = await place.send({ content: 'one', nonce: '7', enforceNonce: true });
    assert.equal(sent.content, 'one');
    assert.equal(sent.nonce, '7');
    const again = await place.send({ content: 'one', nonce: '7', enforceNonce: true });
    assert.equal(again.id, sent.id);
    held('a message is sent; again with its nonce, it is the same');
    assert.equal((await sent.edit('two')).content, 'two');
    assert.equal((await fake.do('message', { id: sent.id })).content, 'two');
    assert.ok((await place.messages.fetch({ message: sent.id, force: true })).editedTimestamp > 0);
    assert.equal((await sent.reply('three')).reference.messageId, sent.id);
    await sent.delete();
    const left = await fake.do('messages', { channel, user: ana });
    assert.ok(left.every(({ id }) => id !== sent.id));
    await assert.rejects(place.messages.fetch({ message: sent.id, force: true }), { code: 10008, status: 404 });
    held('it is edited, read, replied to and deleted');
}

async function commands() {
    const wanted = [
        { name: 'talk', description: 'Begin', options: [{ type: 3, name: 'about', description: 'What' }], contexts: [0, 1, 2] },
    ];
    const made = await client.application.commands.set(wanted);
    assert.deepEqual([...made.values()].map(({ name, options }) => [name, options.length]), [['talk', 1]]);
    assert.equal((await fake.do('commands')).length, 1);
    held('commands are registered');
}

/** The ephemeral message that the rest goes on from. */
async function asked() {
    const { what: command, made } = await seen('interactionCreate', interaction(ana), () =>
        fake.do('command', { channel, user: ana, name: 'talk', options: { about: 'dishes' } }));
    assert.ok(command.isChatInputCommand());
    assert.equal(command.options.getString('about'), 'dishes');
    assert.equal(command.member.id, ana);
    await command.deferReply({ flags: MessageFlags.Ephemeral });
    const button = { type: ComponentType.Button, style: 1, label: 'Write', custom_id: 'write' };
    const select = {
        type: ComponentType.StringSelect,
        custom_id: 'mood',
        options: [{ label: 'Calm', value: 'calm' }, { label: 'Stirred', value: 'stirred' }],
    };
    const answer = await command.editReply({ content: 'How is it?', components: [row(button), row(select)] });
    assert.ok(answer.flags.has(MessageFlags.Ephemeral) && !answer.flags.has(MessageFlags.Loading));
    const more = await command.followUp({ content: 'Take your time.', flags: MessageFlags.Ephemeral });
    const sees = async (user) => (await fake.do('messages', { channel, user })).map(({ id }) => id);
    assert.deepEqual((await sees(ana)).slice(-2), [answer.id, more.id]);
    const bens = await sees(ben);
    assert.ok(!bens.includes(answer.id) && !bens.includes(more.id));
    const state = await fake.do('interaction', { id: made });
    assert.deepEqual([state.callback, state.answer, state.late], [5, answer.id, false]);
    held('a command: ephemeral deferReply, editReply, followUp, seen by nobody else');
    return answer.id;
}

async function modal(on) {
    const pressed = await seen('interactionCreate', interaction(ana), () =>
        fake.do('press', { message: on, custom_id: 'write', user: ana }));
    assert.ok(pressed.what.isButton());
    assert.equal(pressed.what.message.id, on);
    const text = { type: ComponentType.TextInput, custom_id: 'words', style: 2, required: true };
    const label = { type: ComponentType.Label, label: 'Your words', component: text };
    await pressed.what.showModal({ title: 'Write', custom_id: 'modal', components: [label] });
    const submitted = await seen('interactionCreate', interaction(ana), () =>
        fake.do('submit', { interaction: pressed.made, values: { words: 'quiet' } }));
    assert.ok(submitted.what.isModalSubmit());
    assert.equal(submitted.what.fields.getTextInputValue('words'), 'quiet');
    const reply = await submitted.what.reply({ content: 'Heard.', flags: MessageFlags.Ephemeral, withResponse: true });
    assert.equal(reply.resource.message.content, 'Heard.');
    assert.equal(reply.interaction.responseMessageEphemeral, true);
    held('a button: showModal, its submit, reply');
}

async function select(on) {
    const chosen = await seen('interactionCreate', interaction(ana), () =>
        fake.do('choose', { message: on, custom_id: 'mood', values: ['calm'], user: ana }));
    assert.ok(chosen.what.isStringSelectMenu());
    assert.deepEqual(chosen.what.values, ['calm']);
    await chosen.what.update({ content: 'Calm.', components: [] });
    const now = await fake.do('message', { id: on });
    assert.deepEqual([now.content, now.components], ['Calm.', []]);
    held('a select: its message is updated');
}

async function thread() {
    const place = client.channels.cache.get(channel);
    const made = await place.threads.create({ name: 'Two', type: ChannelType.PrivateThread, invitable: false });
    assert.equal(made.type, ChannelType.PrivateThread);
    await made.members.add(ana);
    await made.members.add(ben);
    assert.deepEqual([...(await made.members.fetch()).keys()].sort(), [ana, ben, fake.bot].sort());
    assert.deepEqual((await fake.do('members', { channel: made.id })).sort(), [ana, ben, fake.bot].sort());
    await made.members.remove(ben);
    assert.equal((await fake.do('members', { channel: made.id })).length, 2);
    assert.equal((await made.send('Here we are.')).channelId, made.id);
    const { what } = await seen('messageCreate', message(made.id), () =>
        fake.do('write', { channel: made.id, user: ana, text: 'hello', mentions_bot: true }));
    assert.equal(what.channel.parentId, channel);
    await made.setArchived(true);
    assert.equal((await fake.do('channel', { id: made.id })).thread_metadata.archived, true);
    held('a private thread with members, written in and archived');
}

async function refusals() {
    const person = await client.users.fetch(ana);
    assert.equal((await person.send('Hello, Ana')).channelId, dm);
    await fake.do('let_dm', { user: ana, let: false });
    await assert.rejects(person.send('Hello?'), { code: 50007, status: 403 });
    await fake.do('let_dm', { user: ana, let: true });
    held('who lets nobody write is 50007');
    await assert.rejects(person.send({ content: 'x'.repeat(2001) }), { code: 50035, status: 400 });
    held('too long a message is 50035');
    await fake.do('fault', { method: 'POST', path: '/messages$', scope: 'user', retry_after: 0.3 });
    assert.equal((await person.send('After a while')).content, 'After a while');
    const all = await fake.do('requests');
    const [refused, taken] = all.filter(({ body }) => body?.content === 'After a while');
    assert.deepEqual([refused.status, taken.status], [429, 200]);
    assert.ok(taken.at - refused.at >= 300);
    held('a 429 is waited out and the message arrives');
}

async function resuming() {
    const before = await fake.do('counters');
    const heard = [];
    client.on('messageCreate', ({ content }) => heard.push(content));
    for (const [how, what] of [['ask_reconnect', 'op 7'], ['cut_gateway', 'a cut']]) {
        await seen('shardResume', () => true, async () => {
            await fake.do(how);
            await fake.do('write', { channel: dm, user: ana, text: `during ${what}` });
        });
        held(`after ${what} the session is resumed`);
    }
    await seen('messageCreate', message(dm), () => fake.do('write', { channel: dm, user: ana, text: 'after' }));
    assert.deepEqual(heard, ['during op 7', 'during a cut', 'after']);
    const after = await fake.do('counters');
    assert.deepEqual([after.identifies, after.resumes - before.resumes], [1, 2]);
    held('and what was said meanwhile comes once');
}

await login();
await listening();
await writing();
await commands();
const ephemeral = await asked();
await modal(ephemeral);
await select(ephemeral);
await thread();
await refusals();
await resuming();
const complaints = await fake.do('complaints');
// It tries what Discord refuses, so that much is to be complained of.
assert.deepEqual(complaints.filter((one) => !/2000 in length/.test(one)), []);
console.log(`counters  ${JSON.stringify(await fake.do('counters'))}`);
await client.destroy();
fake.stop();
