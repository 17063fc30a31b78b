/**
 * What we ask Discord, and what the fake answers, judged by Discord's own OpenAPI description (as npm's discord-api-spec has it).
 *   node schemas.mjs OURS... [--others OTHERS...]     recordings of the fake Discord (tests/support/fake_discord.hpp, `record`)
 * Every request of ours that the fake took must fit the schema of its route and have no field that this does not know; every
 * answer, and every message or channel in an event, must fit, too. Of others only what the fake gave them is judged.
 * Ends with 77 where the schemas are not there.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const spec = await import('discord-api-spec/zod').catch(() => null);
const z = await import('zod/mini').catch(() => null);
if (!spec || !z) {
    console.log('Skipped: the schemas are not there (npm ci in tests/discord/clients).');
    process.exit(77);
}

/** Where the published schemas are wrong, or ask for more than Discord's documentation does: `what` and `field` as they are printed. */
const exceptions = [
    // "errors" of a refused form: the codes in them are words such as BASE_TYPE_REQUIRED, and the schema has numbers.
    { what: /answered 400$/, field: /^\/errors\/.*\/_errors\/\*\/code$/ },
    // A 429 has a code "for some limits".
    { what: /answered 429$/, field: /^\/code$/ },
];

/** The schemas of a type as the package writes it: names, null, lists, of which one must fit. */
function schemasOf(type) {
    return type.split('|').map((one) => one.trim()).filter(Boolean).map((one) => {
        const [, name, list] = /^(\w+)((?:\[\])?)$/.exec(one) ?? assert.fail(`${type}: no schema for ${one}`);
        if (name === 'null') return z.null();
        if (name === 'unknown' || name === 'undefined') return z.unknown();
        const schema = spec[`${name}Schema`] ?? assert.fail(`no schema ${name}`);
        return list ? z.array(schema) : schema;
    });
}

/** [{method, path, body, answers: {status: type}}], from the types of the package: its schemas do not say where they belong. */
async function operations() {
    const types = await readFile(fileURLToPath(import.meta.resolve('discord-api-spec').replace(/\.js$/, '.ts')), 'utf8');
    const all = [];
    let path, at;
    const field = /^ +(?:\/\*\*.*)?$|^ {2}"(\/.*)": \{$|^ {4}(get|put|post|patch|delete): \{$|^ {6}requestBody\?:([^;]*);|^ {8}"(\w{3})":([^;]*);/gm;
    for (const [, place, method, body, status, answer] of types.matchAll(field)) {
        if (place) path = place;
        else if (method) all.push((at = { method: method.toUpperCase(), path, answers: {} }));
        else if (body) at.body ??= body;
        else if (status) at.answers[status] ??= answer;
    }
    return all;
}

const all = await operations();
function operation(method, path) {
    const parts = path.split('/');
    const fits = (pattern) => pattern.length === parts.length && pattern.every((part, i) => part[0] === '{' || part === parts[i]);
    const found = all.filter((one) => one.method === method && fits(one.path.split('/')));
    return found.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

/** Where `value` has what the schema knows nothing of: it was left out of what it made of it. */
function* unknown(value, known, at = '') {
    if (Array.isArray(value)) for (const [i, one] of value.entries()) yield* unknown(one, known?.[i], `${at}/${i}`);
    else if (value && typeof value === 'object')
        for (const [key, one] of Object.entries(value)) {
            if (known && typeof known === 'object' && key in known) yield* unknown(one, known[key], `${at}/${key}`);
            else yield `${at}/${key}`;
        }
}

/** Of the ways in which something does not fit, the one that comes closest: of the right type, with the fewest faults, deep inside. */
function closest(ways) {
    const far = (way) => way.some(({ path }) => path.length === 0 || (path.length === 1 && path[0] === 'type'));
    const near = ways.filter((way) => !far(way));
    const distance = (way) => way.length - Math.max(...way.map(({ path }) => path.length)) / 100;
    return (near.length ? near : ways).reduce((a, b) => (distance(a) <= distance(b) ? a : b));
}

function* faults(issues, at = '') {
    for (const { path, code, errors, message } of issues) {
        const here = [at, ...path].join('/');
        if (code === 'invalid_union' && errors?.length) yield* faults(closest(errors), here);
        else yield { at: here, says: message };
    }
}

const found = new Map(); // sentence → how often
const used = new Set();
function note(what, at, says) {
    const field = at.replace(/\/\d+(?=\/|$)/g, '/*');
    const excepted = exceptions.find((one) => one.what.test(what) && one.field.test(field));
    if (excepted) return void used.add(excepted);
    const sentence = `${what}: ${field || '/'}: ${says}`;
    found.set(sentence, (found.get(sentence) ?? 0) + 1);
}

/** `strict`: nothing may be there that no schema knows. */
function check(what, type, value, strict) {
    const results = schemasOf(type).map((schema) => schema.safeParse(value));
    const fits = results.filter((result) => result.success);
    if (fits.length === 0)
        for (const { at, says } of faults(closest(results.map((result) => result.error.issues)))) note(what, at, says);
    if (fits.length === 0 || !strict) return;
    const strange = fits.map((result) => [...unknown(value, result.data)]);
    for (const at of strange.reduce((a, b) => (a.length <= b.length ? a : b))) note(what, at, 'no schema knows this field');
}

/** Discord writes +00:00, and zod takes only Z. */
const withZ = (key, value) => (typeof value === 'string' ? value.replace(/^(\d{4}-\d\d-\d\dT[\d:.]+)\+00:00$/, '$1Z') : value);

const events = {
    MESSAGE_CREATE: 'MessageResponse',
    MESSAGE_UPDATE: 'MessageResponse',
    GUILD_CREATE: 'GuildResponse',
    CHANNEL_CREATE: 'GuildChannelResponse',
    CHANNEL_UPDATE: 'GuildChannelResponse',
    THREAD_CREATE: 'ThreadResponse',
    THREAD_UPDATE: 'ThreadResponse',
};

let requests = 0;
let answers = 0;
let happened = 0;
function judge(ours, { method, path, body, status, answer, faulty, event, data }) {
    if (event) {
        if (event === 'INTERACTION_CREATE') {
            check(`${event} user`, 'UserResponse', data.user ?? data.member.user);
            if (data.message) check(`${event} message`, 'MessageResponse', data.message);
        }
        if (events[event]) check(event, events[event], data);
        happened += 1;
        return;
    }
    const where = operation(method, path);
    if (!where) return status === 404 || faulty ? undefined : note(`${method} ${path}`, '', 'Discord has no such route');
    const called = `${method} ${where.path}`;
    if (ours && body && (status < 300 || faulty)) {
        requests += 1;
        if (!where.body) note(`${called} asked`, '', 'takes no body');
        else check(`${called} asked`, where.body, body, true);
    }
    if (faulty) return;
    answers += 1;
    const type = where.answers[status] ?? where.answers[`${String(status)[0]}XX`];
    if (!type) note(`${called} answered`, '', `does not answer ${status}`);
    else if (status !== 204) check(`${called} answered ${status}`, type, answer);
}

let ours = true;
for (const file of process.argv.slice(2)) {
    if (file === '--others') {
        ours = false;
        continue;
    }
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    for (const line of lines) judge(ours, JSON.parse(line, withZ));
    console.log(`${file}: ${lines.length} lines`);
}
for (const [sentence, times] of found) console.log(`${times} times  ${sentence}`);
for (const one of exceptions) if (!used.has(one)) console.log(`not needed  ${one.what} ${one.field}`);
console.log(`${requests} requests, ${answers} answers, ${happened} events, ${found.size} faults`);
assert.ok(requests > 0 && answers > 0 && happened > 0, 'the recordings are empty');
process.exit(found.size > 0 ? 1 : 0);
