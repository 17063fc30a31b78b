/** What every browser test needs: a server (mock or running), Debian's Chromium, pages that report what they must never do. */

import { mkdir } from 'node:fs/promises';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Mock } from './mock_server.mjs';

export const shots = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));
export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 800 };

const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];

/** The server under test: REWEAVE_URL if set, otherwise a mock (then `mock` gives access to its inside). */
export async function server() {
    if (process.env.REWEAVE_URL) return { url: process.env.REWEAVE_URL, stop() {} };
    const mock = await new Mock().start();
    return { url: mock.url, mock, stop: () => mock.stop() };
}

let running; // a promise: two may ask for it at once

/** A browser window of its own: nothing kept from, or shared with, any other. All live in one Chromium with a new profile. */
export async function browser(options = {}) {
    running ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
    await mkdir(shots, { recursive: true });
    const context = await (await running).newContext({
        viewport: phone,
        locale: 'en-GB',
        timezoneId: 'Europe/Lisbon',
        reducedMotion: 'reduce',
        ...options,
    });
    context.setDefaultTimeout(15_000);
    return { context, close: () => context.close() };
}

/** Ends Chromium; its profile goes with it. */
export async function quit() {
    await (await running)?.close();
    running = undefined;
}

/** Opens the chat and waits for its first question. `trouble` fills with everything a page must not do. */
export async function open(context, url) {
    const page = await context.newPage();
    const trouble = [];
    const home = new URL(url).host;
    await page.route(/./, (route) => {
        const asked = new URL(route.request().url());
        if (asked.host === home || asked.protocol === 'blob:') return route.continue();
        trouble.push(`asked ${asked.host}`);
        return route.fulfill({ status: 200, contentType: 'text/html', body: '<title>Elsewhere</title>' });
    });
    page.on('console', (message) => {
        if (message.type() === 'error' || /Content.Security.Policy/i.test(message.text())) trouble.push(message.text());
    });
    page.on('pageerror', (error) => trouble.push(String(error)));
    await page.goto(url);
    await page.locator('#ask:not([hidden]) .choice').first().waitFor();
    return { page, trouble };
}

/** A wire between browser and server that can be cut, for the tests of lost networks. */
export async function wire(url) {
    const to = new URL(url);
    const sockets = new Set();
    let cut = false;
    const relay = net.createServer((near) => {
        if (cut) return near.destroy();
        const far = net.connect(Number(to.port || 80), to.hostname);
        for (const socket of [near, far]) {
            sockets.add(socket);
            socket.on('error', () => {});
            socket.on('close', () => {
                sockets.delete(socket);
                near.destroy();
                far.destroy();
            });
        }
        near.pipe(far).pipe(near);
    });
    await new Promise((done) => relay.listen(0, '127.0.0.1', done));
    return {
        url: `http://127.0.0.1:${relay.address().port}/`,
        cut() {
            cut = true;
            for (const socket of sockets) socket.destroy();
        },
        mend() {
            cut = false;
        },
        stop() {
            this.cut();
            relay.close();
        },
    };
}

export const bubbles = (page) => page.locator('.turn .bubble').allInnerTexts();
export const lastBot = (page) => page.locator('.bubble.bot').last();

/** Types words into the line at the bottom and sends them. */
export async function type(page, words) {
    await page.locator('#words').fill(words);
    await page.locator('#words').press('Enter');
}

export const kindOf = (page) => page.locator('#ask').getAttribute('data-kind');

/** Waits until a new turn has come since `seq`. */
export async function turnAfter(page, seq) {
    await page.waitForFunction((old) => Number([...document.querySelectorAll('.turn')].at(-1)?.dataset.seq) > old, seq);
    await page.waitForFunction(() => !document.querySelector('.dots'));
}

export const seqOf = (page) => page.evaluate(() => Number([...document.querySelectorAll('.turn')].at(-1).dataset.seq));
