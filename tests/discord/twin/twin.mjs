/**
 * The bot itself on discord-digital-twin: a Discord that others made, for discord.js, and that knows nothing of ours.
 *   node twin.mjs REWEAVE
 * It has the commands, buttons, menus and forms of a server. It has no RESUME, no direct messages, no nonces, no compression, no
 * limits, and refuses nothing that is wrong in a message: all that is the fake Discord's to try.
 * It listens on all addresses, so both run in a network of their own. Ends with 77 where something is missing.
 */

import { spawnSync } from 'node:child_process';
import { soon, walk } from '../clients/walk.mjs';

function skip(why) {
    console.log(`Skipped: ${why}.`);
    process.exit(77);
}

function again() {
    const inside = (flag, ...command) => spawnSync('unshare', [flag, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command], {
        stdio: 'inherit',
        env: { ...process.env, REWEAVE_ALONE: '1' },
    });
    const flag = ['-rn', '-n'].find((one) => inside(one, 'true').status === 0) ?? skip('unshare gives no network of its own here');
    process.exit(inside(flag, process.execPath, ...process.argv.slice(1)).status ?? 1);
}

const { DigitalDiscord } = await import('discord-digital-twin').catch(() =>
    skip('discord-digital-twin is not there (npm ci in tests/discord/twin)'));
if (!process.env.REWEAVE_ALONE) again();

const kToken = 'a-token';
const kMessage = 4, kForm = 9; // callbacks
const twin = new DigitalDiscord({
    guild: { name: 'Kitchen' },
    channels: [{ name: 'table', type: 0 }],
    users: [{ username: 'Ana' }],
    botToken: kToken,
});
await twin.start();
const { id: channelId } = await twin.prisma.channel.findFirst();
const ana = twin.channel(channelId).user(await twin.getFirstNonBotUserId());

const idOf = async (interaction) => (await interaction).id;
const acknowledged = (interactionId) => soon('an acknowledgement', async () => {
    const row = await twin.prisma.interactionResponse.findUnique({ where: { interactionId } });
    return row?.acknowledged && { ...row, data: JSON.parse(row.data) };
});

await walk(process.argv[2], {
    api: `${twin.restUrl}/v10`,
    token: kToken,
    ready: () => twin.server.gateway.clients.some(({ identified }) => identified),
    command: (name) => idOf(ana.runSlashCommand({ name })),
    press: ({ id }, customId) => idOf(ana.clickButton({ messageId: id, customId })),
    choose: ({ id }, customId, values) => idOf(ana.selectMenu({ messageId: id, customId, values })),
    submit: async (interaction, values) => idOf(ana.submitModal({
        customId: (await acknowledged(interaction)).data.custom_id,
        fields: Object.entries(values).map(([customId, value]) => ({ customId, value })),
    })),
    modal: async (interaction) => {
        const { type, data } = await acknowledged(interaction);
        return type === kForm && data;
    },
    answer: (interaction) => soon('an answer', async () => {
        const { type, data, messageId } = await acknowledged(interaction);
        const message = messageId && (await twin.prisma.message.findUnique({ where: { id: messageId } }));
        if (!message || (type !== kMessage && !message.editedTimestamp && data?.flags)) return undefined;
        // Where the answer was put off, the twin forgets that it was to be seen by one person alone.
        return { ...message, flags: message.flags | (data?.flags ?? 0), components: JSON.parse(message.components) };
    }),
});
await twin.stop();
process.exit(0);
