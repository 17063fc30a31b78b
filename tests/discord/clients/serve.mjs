/**
 * The bot itself on the fake Discord.
 *   node serve.mjs REWEAVE FAKE RECORDING
 */

import assert from 'node:assert/strict';
import { Fake } from './fake.mjs';
import { soon, walk } from './walk.mjs';

const [, , binary, program, record] = process.argv;
const fake = await Fake.start(program, { record, max_concurrency: 2 }); // two bots begin there, one after the other
const ana = await fake.do('add_user', { name: 'Ana' });
const guild = await fake.do('add_guild', { name: 'Kitchen' });
const channel = await fake.do('add_channel', { guild, name: 'table' });

await walk(binary, {
    api: fake.api,
    token: 'bot-token',
    ready: () => fake.do('connected'),
    command: (name) => fake.do('command', { channel, user: ana, name }),
    press: ({ id }, custom_id) => fake.do('press', { message: id, custom_id, user: ana }),
    choose: ({ id }, custom_id, values) => fake.do('choose', { message: id, custom_id, values, user: ana }),
    submit: (interaction, values) => fake.do('submit', { interaction, values }),
    modal: async (id) => (await fake.do('interaction', { id })).modal,
    answer: (id) => soon('an answer', async () => {
        const { answer } = await fake.do('interaction', { id });
        const message = answer && (await fake.do('message', { id: answer }));
        return message && !(message.flags & 128) && message;
    }),
});
assert.deepEqual(await fake.do('complaints'), []);
const counters = await fake.do('counters');
assert.equal(counters.invalid_requests, 0);
console.log(`counters  ${JSON.stringify(counters)}`);
fake.stop();
