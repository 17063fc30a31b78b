/** Every kind of bubble and question, against the mock, whose conversation has each of them. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { browser, desktop, kindOf, lastBot, open, phone, quit, seqOf, shots, turnAfter, type } from './browser.mjs';
import { helpLines, steps } from './mock_talk.mjs';
import { Mock } from './mock_server.mjs';
import { axeFaults } from './axe.mjs';

let mock;
let context;
let close;
before(async () => {
    mock = await new Mock().start();
});
after(async () => {
    await quit();
    mock.stop();
});
beforeEach(async () => {
    ({ context, close } = await browser());
});
afterEach(() => close());

const person = () => [...mock.devices.values()].at(-1).person;

/** Opens the page and goes straight to a step of the canned conversation. */
async function at(id) {
    const opened = await open(context, mock.url);
    const seq = await seqOf(opened.page);
    person().begin(steps.findIndex((step) => step.id === id));
    await turnAfter(opened.page, seq);
    return opened.page;
}

const press = (page, name) => page.locator('#ask').getByRole('button', { name, exact: true }).click();
const lastOwn = (page) => page.locator('.bubble.own p').last().innerText();

async function answered(page, act) {
    const seq = await seqOf(page);
    await act();
    await turnAfter(page, seq);
    return mock.frames.findLast((frame) => frame.type === 'choose' || frame.type === 'message');
}

test('scale: numbers with words at the ends, and a button beside them', async () => {
    const page = await at('heat');
    await page.getByRole('button', { name: '0, calm' }).waitFor();
    await page.getByRole('button', { name: '10, boiling' }).waitFor();
    const frame = await answered(page, () => press(page, 'Numb or checked out'));
    assert.deepEqual(frame.picks, ['7']);
    assert.equal(await lastOwn(page), 'Numb or checked out');
});

test('skip is offered where a question may be skipped, and sends the word', async () => {
    const page = await at('heat');
    const frame = await answered(page, () => press(page, 'Skip'));
    assert.equal(frame.text, 'skip');
});

test('feelings: family first, up to three words, kept while looking elsewhere', async () => {
    const page = await at('feelings');
    await press(page, 'Sad');
    await press(page, 'hurt');
    await press(page, 'lonely');
    await press(page, 'All families');
    await press(page, 'Tired');
    await press(page, 'drained');
    await page.screenshot({ path: `${shots}phone-light-picked.png` });
    await press(page, 'foggy');
    await page.getByText('3 is the most. Take one off first.').waitFor();
    await press(page, 'drained');
    await press(page, 'foggy');
    await press(page, 'All families');
    await page.getByRole('button', { name: 'Sad · 2' }).waitFor();
    const frame = await answered(page, () => press(page, 'Continue'));
    assert.deepEqual(frame.picks, ['hurt', 'lonely', 'foggy']);
    assert.equal(await lastOwn(page), 'hurt, lonely, foggy');
});

test('feelings: not sure is an answer', async () => {
    const page = await at('feelings');
    assert.equal((await answered(page, () => press(page, 'Not sure'))).text, 'not sure');
});

test('several: up to the limit, then Continue', async () => {
    const page = await at('value');
    await press(page, 'Respect');
    await press(page, 'Kindness');
    assert.deepEqual((await answered(page, () => press(page, 'Continue'))).picks, ['respect', 'kindness']);
});

test('number, length and moment: one press, or a form for another', async () => {
    const page = await at('sure');
    assert.equal((await answered(page, () => press(page, '5'))).text, '5');
    await page.getByText('Another length').click();
    assert.equal((await answered(page, () => press(page, 'Send'))).text, '45 minutes');
    await page.getByText('Another time').click();
    await page.getByLabel('Day').selectOption('Tomorrow');
    await page.getByLabel('Time').fill('08:30');
    assert.equal((await answered(page, () => press(page, 'Send'))).text, 'tomorrow at 08:30');
});

test('long text: Enter makes a line, Ctrl+Enter sends, a count comes near the limit', async () => {
    const page = await at('effect');
    await page.locator('#words').pressSequentially('one');
    await page.keyboard.press('Enter');
    await page.keyboard.type('two');
    assert.equal(await page.locator('#count').innerText(), '');
    assert.equal((await answered(page, () => page.keyboard.press('Control+Enter'))).text, 'one\ntwo');
    await page.locator('#words').fill('x'.repeat(3900));
    await page.getByText('3900 of 4000').waitFor();
});

test('a typed reply that fits nothing is asked again, with the buttons', async () => {
    const page = await at('whose');
    await answered(page, () => type(page, 'potatoes'));
    assert.match(await lastBot(page).innerText(), /may have read that wrong/);
    assert.equal(await kindOf(page), 'choice');
});

test('the exercise counts, pauses, goes on and can be ended', async () => {
    const page = await at('breathe');
    await page.getByText('Ready when you are').waitFor();
    await press(page, 'Begin');
    await page.locator('.beat-words', { hasText: 'Breathe in' }).waitFor();
    await page.locator('.beat-words', { hasText: 'Breathe out' }).waitFor();
    await press(page, 'Pause');
    const count = await page.locator('.beat-count').innerText();
    await page.waitForTimeout(1300);
    assert.equal(await page.locator('.beat-count').innerText(), count);
    await press(page, 'Go on');
    await page.getByText('2 of 3').waitFor();
    assert.deepEqual((await answered(page, () => press(page, 'Done'))).picks, ['done']);
    assert.equal(await page.locator('.exercise').count(), 0);
});

test('the circle moves only for people who do not mind motion', async () => {
    const page = await at('breathe');
    await press(page, 'Begin');
    assert.equal(await page.locator('.circle').evaluate((circle) => circle.getAnimations().length), 0);
    await close();
    ({ context, close } = await browser({ reducedMotion: 'no-preference' }));
    const moving = await at('breathe');
    await press(moving, 'Begin');
    assert.equal(await moving.locator('.circle').evaluate((circle) => circle.getAnimations().length), 1);
});

test('the circle breathes with two, three and four beats', async () => {
    const { page } = await open(context, mock.url);
    const directions = (beats) =>
        page.evaluate(async (count) => {
            const { sizesOf } = await import('/exercise.js');
            return sizesOf(count).map(([from, to]) => Math.sign(to - from));
        }, beats);
    assert.deepEqual(await directions(2), [1, -1]);
    assert.deepEqual(await directions(3), [1, 0, -1]);
    assert.deepEqual(await directions(4), [1, 0, -1, 0]);
});

test('bubbles come one by one, but at once in a help flow and after a high number', async () => {
    await close();
    ({ context, close } = await browser({ reducedMotion: 'no-preference' }));
    const { page } = await open(context, mock.url);
    const timeOf = async (say, ask) => {
        const seq = await seqOf(page);
        const begin = Date.now();
        person().turn(say, ask);
        await page.waitForFunction((old) => {
            const turn = [...document.querySelectorAll('.turn')].at(-1);
            return Number(turn.dataset.seq) > old && turn.querySelectorAll('.bot').length === 2;
        }, seq);
        return Date.now() - begin;
    };
    const two = [
        { kind: 'text', text: 'One.' },
        { kind: 'text', text: 'Two.' },
    ];
    assert.ok((await timeOf(two)) >= 600);
    assert.ok((await timeOf([two[0], helpLines])) < 500);
    await timeOf(two, steps.find((step) => step.id === 'heat').ask);
    await page.getByRole('button', { name: '9', exact: true }).click();
    await page.waitForFunction(() => !document.querySelector('.waiting'));
    assert.ok((await timeOf(two)) < 500);
});

test('a reminder leaves the open question as it is', async () => {
    const page = await at('whose');
    const seq = await seqOf(page);
    person().turn([{ kind: 'text', text: 'Your notes are still here.' }]);
    await turnAfter(page, seq);
    assert.deepEqual((await answered(page, () => press(page, 'It was all them'))).picks, ['it-was-all-them']);
});

test('a press on a question that has moved on is taken back', async () => {
    const page = await at('whose');
    person().ask = { ...person().ask, id: 'newer' };
    await press(page, 'It was all them');
    await page.getByText('That question has moved on.').waitFor();
    assert.equal(await page.locator('.own').count(), 0);
});

test('a device that was signed out elsewhere begins anew, with an empty page', async () => {
    const { page } = await open(context, mock.url);
    await answered(page, () => type(page, 'a line that nobody should find'));
    const [device] = [...mock.devices.keys()].slice(-1);
    mock.devices.delete(device);
    for (const socket of mock.sockets.clients) socket.terminate();
    await page.waitForFunction(
        () => document.querySelectorAll('.turn').length === 1 && document.querySelectorAll('.own').length === 0
    );
    assert.ok(!(await page.content()).includes('nobody should find'));
});

test('ids that another tab overtook are renewed, and the words go out', async () => {
    const page = await at('act');
    [...mock.devices.values()].at(-1).last = (Date.now() + 3_600_000) * 1000;
    await answered(page, () => type(page, 'I shouted'));
    assert.equal(await page.locator('.own').count(), 1);
    assert.equal(await page.locator('.waiting').count(), 0);
});

test('what comes from the server is words, never markup or a script', async () => {
    const { page, trouble } = await open(context, mock.url);
    const seq = await seqOf(page);
    person().turn([
        { kind: 'text', text: '<img src=x onerror=alert(1)>' },
        { kind: 'link', url: 'javascript:alert(1)', text: 'a link' },
        { kind: 'something-new', text: 'A kind from the future' },
    ]);
    await turnAfter(page, seq);
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.getByText('A kind from the future').waitFor();
    assert.equal(await page.locator('.log img, .log a').count(), 0);
    assert.deepEqual(trouble, []);
});

test('help lines can be called, written to and opened', async () => {
    const page = await at('unsafe');
    const links = await page
        .locator('.help a')
        .evaluateAll((all) => all.map((link) => [link.textContent, link.href, link.target]));
    assert.deepEqual(links, [
        ['Call 112', 'tel:112', ''],
        ['Call +00 555 0100', 'tel:+005550100', ''],
        ['Text 555 0101', 'sms:5550101', ''],
        ['help.example', 'https://help.example/', '_blank'],
    ]);
});

test('the calendar file is neutral and holds a time only', async () => {
    const page = await at('card');
    const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save to my calendar' }).click(),
    ]);
    assert.equal(file.suggestedFilename(), 'reminder.ics');
    const lines = (await readFile(await file.path(), 'utf8')).split('\r\n');
    assert.ok(lines.includes('DTSTART:20261126T180000Z') && lines.includes('SUMMARY:Check-in'));
    const other = await page.evaluate(async () => {
        const { calendarFile } = await import('/calendar.js');
        return calendarFile('2026-01-02T03:04:05Z', 'a,b;c\nd');
    });
    assert.match(other, /SUMMARY:a\\,b\\;c\\nd\r\n/);
});

test('only the newest turns come at first; earlier ones on request, in order', async () => {
    const { page } = await open(context, mock.url);
    for (let turn = 0; turn < 30; turn += 1) person().turn([{ kind: 'text', text: `Line ${turn}` }]);
    mock.most = 10;
    await page.reload();
    await turnAfter(page, 30);
    const order = () => page.locator('.turn').evaluateAll((all) => all.map((turn) => Number(turn.dataset.seq)));
    const upTo31 = (first) => Array.from({ length: 32 - first }, (_, index) => first + index);
    assert.deepEqual(await order(), upTo31(22));
    await page.getByRole('button', { name: 'Show earlier messages' }).click();
    await page.locator('[data-seq="2"]').waitFor();
    assert.deepEqual(await order(), upTo31(2));
    await page.getByRole('button', { name: 'Show earlier messages' }).click();
    await page.locator('[data-seq="1"]').waitFor();
    assert.deepEqual(await order(), upTo31(1));
    await page.getByRole('button', { name: 'Show earlier messages' }).waitFor({ state: 'hidden' });
    mock.most = 200;
});

/** What a person may have said before each step, so that the pictures look like a conversation. */
const said = {
    heat: 'Find my words',
    breathe: '6',
    act: 'Done',
    whose: 'I read your message out loud in front of your sister',
    value: 'At least part of it',
    feelings: 'Respect',
    needs: 'hurt, lonely',
    effect: 'to be understood',
    sure: 'small, and on show',
    break: '5',
    when: '30 minutes',
    card: 'Tomorrow at 9:00',
    end: 'Yes',
    unsafe: 'I don’t feel safe',
};

for (const [size, viewport] of Object.entries({ phone, desktop })) {
    for (const colorScheme of ['light', 'dark']) {
        test(`axe finds nothing on any kind of question: ${size}, ${colorScheme}`, async () => {
            await close();
            ({ context, close } = await browser({ viewport, colorScheme, deviceScaleFactor: 2 }));
            const { page } = await open(context, mock.url);
            for (const [place, step] of steps.entries()) {
                const seq = await seqOf(page);
                person().begin(place, said[step.id] && { text: said[step.id] });
                await turnAfter(page, seq);
                assert.deepEqual(await axeFaults(page), [], step.id);
                await page.screenshot({
                    path: `${shots}${size}-${colorScheme}-${String(place + 1).padStart(2, '0')}-${step.id}.png`,
                });
            }
        });
    }
}
