/**
 * One Matrix client, of one user on one device, for as long as its stdin is open: matrix-js-sdk with the encryption of Element.
 *   node peer.mjs FOLDER     where FOLDER has the node_modules
 * A line on stdin is {"id": 1, "do": "send", …}; the answer on stdout is {"id": 1, "ok": …} or {"id": 1, "error": "…"}. Its log
 * goes to stderr. Keys are kept in memory alone.
 */

import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

for (const way of ['log', 'info', 'debug', 'trace', 'warn']) console[way] = console.error;

const main = createRequire(path.join(path.resolve(process.argv[2]), 'here.js')).resolve('matrix-js-sdk');
const sdk = await import(pathToFileURL(main));
const crypto = await import(pathToFileURL(path.join(path.dirname(main), 'crypto-api', 'index.js')));
const { logger } = await import(pathToFileURL(path.join(path.dirname(main), 'logger.js')));

const MEGOLM = { algorithm: 'm.megolm.v1.aes-sha2' };
const SHIELDS = ['none', 'grey', 'red'];

let client;
let me; // what `login` was given
let recovery; // the key of secret storage: {keyInfo, privateKey, encodedPrivateKey}
const starved = new Set(); // users to whom no keys go out
const kept = []; // what did not go out to them

/** Room keys for the starved do not leave this process, though the client believes that they were sent. */
function fetchWithoutKeys(url, options = {}) {
    if (starved.size > 0 && String(url).includes('/sendToDevice/m.room.encrypted/')) {
        const { messages } = JSON.parse(options.body);
        const part = (wanted) => Object.fromEntries(Object.entries(messages).filter(([user]) => starved.has(user) === wanted));
        const sending = (some) => ({ ...options, signal: undefined, body: JSON.stringify({ messages: some }) });
        kept.push([`${url}-late`, sending(part(true))]);
        options = sending(part(false));
    }
    return fetch(url, options);
}

async function withPassword(makeRequest) {
    try {
        return await makeRequest(null);
    } catch (error) {
        if (!error.data?.session) throw error;
        const identifier = { type: 'm.id.user', user: me.user };
        return makeRequest({ type: 'm.login.password', identifier, password: me.password, session: error.data.session });
    }
}

function room(id) {
    const found = client.getRoom(id);
    if (!found) throw new Error(`not in ${id}`);
    return found;
}

async function until(there) {
    for (let tries = 0; tries < 400; ++tries) {
        if (await there()) return;
        await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('waited 10 s in vain');
}

/** What this user sees of an event, and what it was on its way. */
async function seen(event) {
    const info = await client.getCrypto().getEncryptionInfoForEvent(event);
    return {
        event_id: event.getId(),
        sender: event.getSender(),
        state: event.isState(),
        type: event.getType(),
        content: event.getOriginalContent(),
        wire_type: event.getWireType(),
        session: event.getWireContent().session_id ?? null,
        shield: info && SHIELDS[info.shieldColour],
        reason: info && info.shieldReason !== null ? crypto.EventShieldReason[info.shieldReason] : null,
        failure: event.isDecryptionFailure() ? event.decryptionFailureReason : null,
    };
}

const commands = {
    async login({ url, user, device, token, password, strict, trace }) {
        me = { user, password };
        logger.setLevel(trace ? 'debug' : 'error');
        client = sdk.createClient({
            baseUrl: url,
            userId: user,
            deviceId: device,
            accessToken: token,
            fetchFn: fetchWithoutKeys,
            cryptoCallbacks: {
                getSecretStorageKey: async ({ keys }) => (recovery ? [Object.keys(keys)[0], recovery.privateKey] : null),
            },
        });
        await client.initRustCrypto({ useIndexedDB: false });
        client.getCrypto().setDeviceIsolationMode(
            strict ? new crypto.OnlySignedDevicesIsolationMode() : new crypto.AllDevicesIsolationMode(false),
        );
    },

    async sync() {
        await client.startClient({ initialSyncLimit: 200 });
        await until(() => client.isInitialSyncComplete());
    },

    /** An identity of this user, or this device signed with the one that `recovery_key` opens. Gives the recovery key. */
    async cross_sign({ recovery_key }) {
        const mine = client.getCrypto();
        if (recovery_key) recovery = { privateKey: crypto.decodeRecoveryKey(recovery_key) };
        await mine.bootstrapCrossSigning({ authUploadDeviceSigningKeys: withPassword });
        if (!recovery_key) {
            recovery = await mine.createRecoveryKeyFromPassphrase();
            await mine.bootstrapSecretStorage({ createSecretStorageKey: async () => recovery, setupNewSecretStorage: true });
        }
        await until(async () => (await mine.getDeviceVerificationStatus(me.user, client.getDeviceId()))?.signedByOwner);
        return recovery_key ?? recovery.encodedPrivateKey;
    },

    /** An encrypted room: a direct chat, or a group with a name. */
    async create({ invite, name, plain }) {
        const { room_id: id } = await client.createRoom({
            preset: name ? 'private_chat' : 'trusted_private_chat',
            is_direct: !name,
            name,
            invite,
            initial_state: plain ? [] : [{ type: 'm.room.encryption', state_key: '', content: MEGOLM }],
        });
        await until(() => client.getRoom(id));
        if (!plain) await until(() => client.getCrypto().isEncryptionEnabledInRoom(id));
        return id;
    },

    async encrypt({ room: id }) {
        await client.sendStateEvent(id, 'm.room.encryption', MEGOLM, '');
        await until(() => client.getCrypto().isEncryptionEnabledInRoom(id));
    },

    async accept({ room: id }) {
        await client.joinRoom(id);
        await until(() => client.getRoom(id)?.getMyMembership() === 'join');
    },

    async leave({ room: id }) {
        await client.leave(id);
    },

    async invites() {
        return client.getRooms().filter((one) => one.getMyMembership() === 'invite').map((one) => one.roomId);
    },

    async send({ room: id, type, content }) {
        return (await client.sendEvent(id, type, content)).event_id;
    },

    async redact({ room: id, event }) {
        return (await client.redactEvent(id, event)).event_id;
    },

    async timeline({ room: id, since = 0 }) {
        const events = room(id).getLiveTimeline().getEvents().filter((event) => event.status === null);
        return Promise.all(events.slice(since).map(seen));
    },

    /** From now on these users get no keys of what is sent; the next message has a new key. */
    async starve({ users, room: id }) {
        starved.clear();
        for (const user of users) starved.add(user);
        await client.getCrypto().forceDiscardSession(id);
    },

    /** What was kept from the starved goes out to them. */
    async deliver() {
        for (const [url, options] of kept.splice(0)) {
            const { status } = await fetch(url, options);
            if (status !== 200) throw new Error(`the homeserver answered ${status}`);
        }
    },

    /** The devices of a user as this client knows them: whether their owner has signed them. */
    async devices({ user }) {
        const known = (await client.getCrypto().getUserDeviceInfo([user], true)).get(user) ?? new Map();
        const signed = [...known.keys()].map(async (device) => {
            const status = await client.getCrypto().getDeviceVerificationStatus(user, device);
            return [device, status?.signedByOwner ?? false];
        });
        return Object.fromEntries(await Promise.all(signed));
    },

    async logout() {
        await client.logout(true);
    },
};

function answer(words) {
    process.stdout.write(`${JSON.stringify(words)}\n`);
}

for await (const line of createInterface(process.stdin)) {
    const { id, do: command, ...more } = JSON.parse(line);
    try {
        answer({ id, ok: (await commands[command](more)) ?? null });
    } catch (error) {
        answer({ id, error: String(error?.message ?? error) });
    }
}
process.exit(0);
