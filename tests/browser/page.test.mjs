/** What must hold against every server, the mock or a real one (REWEAVE_URL): looks, keyboard, resuming, leaving, privacy. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { axeFaults } from './axe.mjs';
import {
    browser,
    bubbles,
    desktop,
    lastBot,
    open,
    phone,
    quit,
    seqOf,
    server,
    shots,
    turnAfter,
    type,
    wire,
} from './browser.mjs';
import { walk } from './walk.mjs';

let host;
before(async () => {
    host = await server();
});
after(async () => {
    await quit();
    host.stop();
});

describe('the chat page', () => {
    let context;
    let close;
    beforeEach(async () => {
        ({ context, close } = await browser());
    });
    afterEach(() => close());

    test('asks no other host, breaks no policy, keeps nothing in the browser', async () => {
        const { page, trouble } = await open(context, host.url);
        await page.locator('#ask .choice').nth(1).click();
        await turnAfter(page, 1);
        assert.deepEqual(trouble, []);
        assert.equal(await page.title(), 'Notes');
        assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [
            0,
            0,
            '',
        ]);
    });

    test('a whole conversation by pressing', async () => {
        const { page, trouble } = await open(context, host.url);
        const met = await walk(page, 'press');
        assert.ok(met.length > 4, `only ${met.join(' ')}`);
        assert.deepEqual(trouble, []);
    });

    test('a whole conversation by typing', async () => {
        const { page, trouble } = await open(context, host.url);
        const met = await walk(page, 'type');
        assert.ok(met.length > 4, `only ${met.join(' ')}`);
        assert.deepEqual(trouble, []);
    });

    test('by keyboard alone: exit comes first, then the menu, then the answers', async () => {
        const { page } = await open(context, host.url);
        const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
        await page.keyboard.press('Tab');
        assert.equal(await focused(), 'Exit now');
        await page.keyboard.press('Tab');
        assert.equal(await focused(), 'Menu');
        const first = await page.locator('#ask .choice').first().innerText();
        await page.keyboard.press('Tab');
        assert.equal(await focused(), first);
        await page.keyboard.press('Enter');
        await turnAfter(page, 1);
        await page.locator('#ask:not([hidden])').waitFor();
        assert.equal(
            await page.evaluate(() => document.activeElement.id),
            'ask',
            'focus waits just before the new answers'
        );
        await page.keyboard.press('Shift+Tab');
        await page.keyboard.press('Enter');
        await page.locator('#menu[open]').waitFor();
        await page.keyboard.press('Escape');
        await page.locator('#menu').waitFor({ state: 'hidden' });
    });

    test('a reload brings everything back once', async () => {
        const { page, trouble } = await open(context, host.url);
        await page.locator('#ask .choice').nth(1).click();
        await turnAfter(page, 1);
        await type(page, '8');
        await turnAfter(page, 2);
        const before = await bubbles(page);
        await page.reload();
        await page.waitForFunction(
            (count) => document.querySelectorAll('.turn .bubble').length >= count,
            before.length
        );
        await page.waitForTimeout(300);
        assert.deepEqual(await bubbles(page), before);
        assert.deepEqual(trouble, []);
    });

    test('words written without a network wait, and arrive once', async (t) => {
        const line = await wire(host.url);
        t.after(() => line.stop());
        const { page } = await open(context, line.url);
        line.cut();
        await page.getByText('No connection. Keep this page open').waitFor();
        const seq = await seqOf(page);
        await type(page, 'help');
        await page.locator('#words').fill('still thinking');
        await page.locator('.own.waiting').waitFor();
        line.mend();
        await turnAfter(page, seq);
        await page.waitForFunction(() => !document.querySelector('.waiting'));
        assert.equal((await bubbles(page)).filter((words) => /help$/.test(words)).length, 1);
        assert.equal(await page.locator('#words').inputValue(), 'still thinking');
        assert.equal(await page.locator('#status').innerText(), '');
        const turns = await page.locator('.turn').evaluateAll((all) => all.map((turn) => Number(turn.dataset.seq)));
        assert.deepEqual(
            turns,
            Array.from({ length: seq + 1 }, (_, index) => index + 1)
        );
    });

    for (const [how, go] of [
        ['the button', (page) => page.locator('#exit').click()],
        [
            'the button of a dialog',
            async (page) => {
                await page.getByRole('button', { name: 'Menu' }).click();
                await page.locator('#menu .exit').click();
            },
        ],
        ['the word', (page) => type(page, 'Exit')],
        [
            'three times Esc',
            async (page) => {
                await page.getByRole('button', { name: 'Menu' }).click();
                for (let times = 0; times < 3; times += 1) await page.keyboard.press('Escape');
            },
        ],
    ]) {
        test(`quick exit by ${how} leaves nothing behind`, async () => {
            const { page } = await open(context, host.url);
            await type(page, 'a line that nobody should find');
            await turnAfter(page, 1);
            await go(page);
            await page.waitForURL('https://www.wikipedia.org/');
            await page.goBack().catch(() => {});
            assert.ok(!(await page.content()).includes('nobody should find'));
            const again = await open(context, host.url);
            assert.ok(!(await again.page.content()).includes('nobody should find'), 'the session has ended');
            assert.equal(await again.page.evaluate(() => localStorage.length), 0);
        });
    }

    test('quick exit blanks the page at once', async () => {
        const { page } = await open(context, host.url);
        // A neutral site that is slow to answer must not keep the words on the screen.
        await page.route('https://www.wikipedia.org/', () => {});
        const left = await page.evaluate(() => {
            document.getElementById('exit').click();
            return document.body.innerText;
        });
        assert.equal(left, '');
    });

    test('an exit without a network is made good at the next visit', async (t) => {
        const line = await wire(host.url);
        t.after(() => line.stop());
        const { page } = await open(context, line.url);
        await type(page, 'a line that nobody should find');
        await turnAfter(page, 1);
        line.cut();
        await page.getByText('No connection.').waitFor();
        await page.locator('#exit').click();
        await page.waitForURL('https://www.wikipedia.org/');
        line.mend();
        const again = await open(context, line.url);
        assert.ok(!(await again.page.content()).includes('nobody should find'));
        assert.equal(await again.page.evaluate(() => localStorage.length), 0);
    });

    test('a code opens the conversation on a second device', async () => {
        const { page } = await open(context, host.url);
        await type(page, 'help');
        await turnAfter(page, 1);
        await page.getByRole('button', { name: 'Menu' }).click();
        await page.getByRole('button', { name: 'Another device, or a code' }).click();
        await page.getByRole('button', { name: 'Show a code' }).click();
        await page.locator('#code:not([hidden])').waitFor();
        const code = await page.locator('#code').innerText();

        const other = await browser();
        const second = (await open(other.context, host.url)).page;
        await second.getByRole('button', { name: 'Menu' }).click();
        await second.getByRole('button', { name: 'Another device, or a code' }).click();
        await second.locator('#code-words').fill('AAAA-BBBB-CCCC');
        await second.getByRole('button', { name: 'Use the code' }).click();
        await second.waitForFunction(() => document.getElementById('code-result').textContent !== '');
        await second.locator('#code-words').fill(code.toLowerCase());
        await second.getByRole('button', { name: 'Use the code' }).click();
        await second.locator('.own').getByText('help').waitFor();
        await page.keyboard.press('Escape');
        await page.locator('#devices').waitFor({ state: 'hidden' });
        assert.deepEqual(await bubbles(second), await bubbles(page));
        const seq = await seqOf(second);
        await type(page, 'stop');
        await turnAfter(second, seq);
        assert.match((await bubbles(second)).join('\n'), /stop/);
        await other.close();
    });

    test('delete asks once, then nothing is left', async () => {
        const { page } = await open(context, host.url);
        await type(page, 'a line that nobody should find');
        await turnAfter(page, 1);
        await page.getByRole('button', { name: 'Menu' }).click();
        await page.getByRole('button', { name: 'Delete everything' }).click();
        await turnAfter(page, 2);
        await page
            .locator('#ask .choice')
            .filter({ hasText: /yes|delete|erase/i })
            .first()
            .click();
        await page.getByText('Everything is deleted.').waitFor();
        assert.ok(!(await page.content()).includes('nobody should find'));
        await page.getByRole('button', { name: 'Start again' }).click();
        await page.locator('#ask:not([hidden]) .choice').first().waitFor();
        assert.ok(!(await page.content()).includes('nobody should find'));
    });
});

describe('accessibility and size', () => {
    for (const [size, viewport] of Object.entries({ phone, desktop })) {
        for (const colorScheme of ['light', 'dark']) {
            test(`axe finds nothing: ${size}, ${colorScheme}`, async () => {
                const { context, close } = await browser({ viewport, colorScheme });
                const { page } = await open(context, host.url);
                assert.deepEqual(await axeFaults(page), []);
                await page.screenshot({ path: `${shots}${size}-${colorScheme}-first.png` });
                await page.locator('#ask .choice').nth(1).click();
                await turnAfter(page, 1);
                assert.deepEqual(await axeFaults(page), []);
                for (const name of ['menu', 'devices', 'about']) {
                    await page.evaluate((id) => document.getElementById(id).showModal(), name);
                    assert.deepEqual(await axeFaults(page), [], name);
                    await page.screenshot({ path: `${shots}${size}-${colorScheme}-${name}.png` });
                    await page.evaluate((id) => document.getElementById(id).close(), name);
                }
                await close();
            });
        }
    }

    for (const [what, viewport] of [
        ['a small phone', { width: 360, height: 640 }],
        ['a desktop at 400 % zoom', { width: 320, height: 256 }],
    ]) {
        test(`nothing runs off the side of ${what}`, async () => {
            const { context, close } = await browser({ viewport });
            const { page } = await open(context, host.url);
            await type(page, `W${'o'.repeat(200)}w`);
            await turnAfter(page, 1);
            const wide = () =>
                page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            assert.equal(await wide(), 0);
            await page.getByRole('button', { name: 'Menu' }).click();
            assert.equal(await wide(), 0);
            await close();
        });
    }

    test('the answer to a press is on the screen, with its last bubble', async () => {
        const { context, close } = await browser({ viewport: { width: 360, height: 640 } });
        const { page } = await open(context, host.url);
        await page.locator('#ask .choice').nth(1).click();
        await turnAfter(page, 1);
        const place = await lastBot(page).boundingBox();
        assert.ok(place.y >= 0 && place.y < 640, JSON.stringify(place));
        await close();
    });
});
