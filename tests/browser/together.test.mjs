/** Two people in `joint`, from the first tap to the end: on two screens and a third client, and at one table with one phone. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createRequire } from 'node:module';
import { desktop, phone, quit, server } from './browser.mjs';
import { Person, kGate } from './person.mjs';

const WebSocket = createRequire(new URL('../clients/', import.meta.url))('ws');
const kMinute = 90_000; // the quiet minute in the room takes a minute

let host;

/** Whoever is asked in the room answers, until it closes. */
async function talk(people, each) {
    const closed = () => people[0].page.locator('.head-of-room').last().getByText('This room is closed').count();
    for (let turn = 0, idle = 0; !(await closed()); ) {
        let speaker;
        for (const person of people) if (await person.asked(true)) speaker = person;
        if (speaker) {
            await each(speaker, turn);
            turn += 1;
            idle = 0;
        } else {
            await people[0].page.waitForTimeout(250);
            idle += 1;
        }
        if (turn > 60 || idle > 60) throw new Error(`nobody is asked after ${turn} answers, and the room is open`);
        for (const person of people) await person.settled();
    }
}

async function answer(person, words) {
    const choices = person.place(true).locator('.ask .choice');
    if (await choices.count()) await choices.first().click();
    else await person.say(words, true);
}

/** A second device of a person, which speaks the protocol itself. */
async function device(code) {
    const socket = new WebSocket(host.url.replace('http', 'ws') + 'ws', 'reweave.v1');
    const messages = [];
    let linked = false;
    let id = Date.now() * 1000;
    socket.on('message', (data) => {
        const frame = JSON.parse(data);
        if (frame.type === 'linked') linked = true;
        if (frame.type === 'message' && linked) messages.push(frame);
        if (frame.type === 'welcome' && !linked) socket.send(JSON.stringify({ type: 'link', code }));
    });
    socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', seen: 0 })));
    return {
        messages,
        async until(test) {
            for (let i = 0; i < 600 && !messages.some(test); i += 1) await new Promise((r) => setTimeout(r, 100));
            const found = messages.findLast(test);
        if (!found) throw new Error('the third client did not see it');
        return found;
        },
        say: (text, room) => socket.send(JSON.stringify({ type: 'message', id: (id += 1), text, room })),
        close: () => socket.close(),
    };
}

async function twoScreens(t) {
    const ana = await Person.at(phone, host.url);
    await ana.begin();
    await ana.place().getByRole('button', { name: 'Make a link' }).click();
    const link = await ana.place().locator('.invitation .link').innerText();
    await ana.shot('together-01-link');
    const ben = await Person.at(desktop, link);
    assert.match(await ben.text(), /Ana gave you this link/);
    assert.ok(!ben.page.url().includes('join'), 'the code stays in the address');
    await ben.press("Yes, let's see");
    await ben.say('Ben');
    await ben.press('Skip');
    await ben.pressAll([...kGate, /^5/]);
    await ben.say('I said you sound like your father');
    await ben.press('Keep it private');
    await ben.say('back'); // a second thought, while nobody else is there
    await ben.say('I walked out in the middle of your sentence');
    assert.match(await ben.text(), /Ana would read exactly this: "I walked out in the middle of your sentence"/);
    await ben.shot('together-02-share');
    await ben.press('Share it as it is');
    await ben.say('keep private'); // taken back before anyone has read it
    assert.match(await ben.text(), /Taken back/);

    await ana.press(/^6/);
    await ana.say('I shouted at you in front of the kids');
    await ana.press('Change it first');
    await ana.say('I raised my voice at you in the kitchen');
    assert.match(await ana.text(), /Ben would read exactly this: "I raised my voice at you in the kitchen"/);
    await ana.press('Share it as it is');
    await ben.page.locator('.place[id*="room"]').waitFor();

    await ana.page.locator('#open-menu').click();
    await ana.page.getByRole('button', { name: 'Another device, or a code' }).click();
    await ana.page.locator('#get-code').click();
    await ana.page.locator('#code').waitFor();
    const third = await device(await ana.page.locator('#code').innerText());
    t.after(() => third.close());
    await ana.page.locator('#devices [data-close]').click();
    await third.until((message) => message.room);

    await ana.page.waitForFunction(
        () => document.querySelector('.place[id*="room"] .ask:not([hidden]) .skip'),
        undefined,
        { timeout: kMinute }
    );
    await ana.shot('together-03-floor-phone');
    await ben.shot('together-03-floor-desktop');
    assert.match(await ben.text(true), /From Ana: "I raised my voice at you in the kitchen"/);
    assert.match(await ben.place(true).locator('.head-of-room').innerText(), /Ana speaks/);
    assert.match(await ana.place(true).locator('.head-of-room').innerText(), /It’s your turn/);
    assert.match(await ana.place(true).locator('.who').innerText(), /You and Ben/);

    // A pause by one, and both come back.
    await ben.say('pause', true);
    await ana.place(true).getByText("Let's pause here.").waitFor();
    await ben.shot('together-04-paused');
    await ben.say('ready', true);
    await ana.say('ready', true);
    await ben.place(true).getByText('Everyone is back').waitFor();

    // The third client says what Ana would say.
    const room = (await third.until((message) => message.room?.open)).room.id;
    third.say('It was me who began', room);
    await ben.place(true).getByText('It was me who began').waitFor();

    const words = ['I felt small when the door closed', 'You felt left alone', 'Sunday evening'];
    await talk([ana, ben], (person, turn) => answer(person, words[turn % 3]));
    await ana.shot('together-05-half-time');
    for (const person of [ana, ben]) {
        await person.press(/^2/, false);
        for (let i = 0; i < 4 && (await person.asked(false)); i += 1) {
            await person.place(false).locator('.ask :is(.choice, .skip)').first().click();
            await person.settled();
        }
    }
    await ana.page.waitForTimeout(500);
    await talk([ana, ben], (person, turn) => answer(person, words[turn % 3]));
    for (const person of [ana, ben]) {
        for (let i = 0; i < 12 && (await person.asked(false)); i += 1) {
            if (i === 0) await person.shot(`together-06-afterwards-${person === ana ? 'phone' : 'desktop'}`);
            await person.place(false).locator('.ask :is(.number, .choice, .skip)').first().click();
            await person.settled();
        }
    }
    const seen = (await ana.text(false)) + (await ana.text(true)) + JSON.stringify(third.messages);
    assert.ok(!seen.includes('walked out'), 'what Ben took back was shown');
    assert.ok(!seen.includes('your father'), 'what Ben kept private was shown');
    const read = (await ben.text(false)) + (await ben.text(true));
    assert.ok(!read.includes('in front of the kids'), 'what Ana changed was shown as it was before');
    assert.match(await ben.text(false), /check-in|uneasy/);
    for (const person of [ana, ben]) {
        assert.deepEqual(person.trouble, []);
        await person.close();
    }
}

async function oneTable() {
    const both = await Person.at(phone, host.url);
    const { page } = both;
    const cover = page.locator('#cover');
    await both.begin();
    await both.place().getByRole('button', { name: 'We’re at one table' }).click();
    await both.press(/^6/);
    await both.say('I raised my voice');
    await both.press('Share it as it is');
    await cover.waitFor();
    await both.shot('table-01-cover');
    assert.equal(await page.getByText('I raised my voice').first().isVisible(), true); // under the cover
    const top = await page.evaluate(() => document.elementFromPoint(195, 300).closest('#cover') !== null);
    assert.ok(top, 'the cover hides what is under it');
    await page.locator('#cover-here').click();
    await both.settled();
    assert.ok(!(await both.place().innerText()).includes('raised my voice'));
    await both.press("Yes, let's see");
    await both.say('Ben');
    await both.press('They');
    await both.pressAll([...kGate, /^5/]);
    await both.say('I walked out');
    await both.press('Keep it private');
    await page.waitForFunction(
        () => document.querySelector('.seat:not([hidden]) .place[id*="room"] .ask:not([hidden]) .choice'),
        undefined,
        { timeout: kMinute }
    );
    await both.shot('table-02-aloud');
    let covers = 0;
    for (let i = 0; i < 90; i += 1) {
        await page.waitForTimeout(150);
        if (await cover.isVisible()) {
            covers += 1;
            await page.locator('#cover-here').click();
        } else if (await both.asked()) {
            await both.place().locator('.ask :is(.choice, .number, .skip)').first().click();
        } else {
            await page.waitForTimeout(500);
            if (!(await cover.isVisible()) && !(await both.asked())) break;
        }
        await both.settled();
    }
    await both.shot('table-03-end');
    assert.ok(covers >= 4, `only ${covers} covers`);
    assert.ok(!(await both.place().innerText()).includes('walked out') || !(await both.place().innerText()).includes('raised my voice'));
    assert.match(await both.place().innerText(), /uneasy|check-in/);
    assert.deepEqual(both.trouble, []);
    await both.close();
}

// Both take their time, as people do; so they take it at once.
describe('people together', { concurrency: true }, () => {
    before(async () => {
        host = await server();
    });
    after(async () => {
        await quit();
        host.stop();
    });
    test('two screens and a third client, to the end', { timeout: 300_000 }, twoScreens);
    test('at one table, with one phone', { timeout: 300_000 }, oneTable);
});
