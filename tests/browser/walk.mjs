/** Goes through a whole conversation as a person would, by pressing or by typing, whatever the script asks. */

import { seqOf, turnAfter, type } from './browser.mjs';

/** What to press when a question offers a label like these (the first that matches wins); otherwise its first choice. */
const liked = [/^find my words/i, /^own my part/i, /^no$/i, /at least part/i, /^done/i, /^yes/i, /keep it/i];
const words = [
    [/by when/i, 'Friday evening'],
    [/make it right/i, 'ask you first, alone'],
    [/for them/i, 'small, and on show'],
    [/./, 'I read your message out loud in front of your sister'],
];

const typed = {
    scale: '3',
    number: '5',
    length: '20 minutes',
    moment: 'in 20 minutes',
    feelings: 'hurt',
    needs: 'quiet',
    done: 'done',
    country: 'Portugal',
};

async function wanted(page) {
    const labels = await page.locator('#ask .choices .choice').allInnerTexts();
    for (const like of liked) {
        const found = labels.find((label) => like.test(label));
        if (found) return found;
    }
    return labels[0];
}

async function press(page, kind) {
    const ask = page.locator('#ask');
    if (kind === 'scale') return ask.getByRole('button', { name: /^3\b/ }).click();
    if (kind === 'number')
        return (await ask.locator('.number').count())
            ? ask.locator('.number').nth(2).click()
            : type(page, typed.number);
    if (kind === 'feelings' || kind === 'needs') {
        await ask.locator('.family').first().click();
        await ask.locator('.chip').first().click();
        return ask.getByRole('button', { name: 'Continue' }).click();
    }
    if (await ask.locator('.chip').count()) {
        await ask.locator('.chip').first().click();
        return ask.getByRole('button', { name: 'Continue' }).click();
    }
    const label = await wanted(page);
    return label
        ? ask.getByRole('button', { name: label, exact: true }).click()
        : ask.locator('.choice').first().click();
}

async function answer(page, kind, how) {
    const question = await page.locator('.bubble.bot').last().innerText();
    if (kind === 'words') {
        await page.locator('#words').fill(words.find(([like]) => like.test(question))[1]);
        return page.getByRole('button', { name: 'Send', exact: true }).click();
    }
    if (how === 'press') return press(page, kind);
    const chip = page.locator('#ask .chips .chip').first();
    return type(page, typed[kind] ?? (await wanted(page)) ?? (await chip.innerText()));
}

/** Answers until nothing is asked; returns the kinds of questions that were met. `how` is 'press' or 'type'. */
export async function walk(page, how, most = 60) {
    const met = [];
    for (let turn = 0; turn < most; turn += 1) {
        const kind = await page.locator('#ask').getAttribute('data-kind');
        if (!kind) return met;
        met.push(kind);
        const seq = await seqOf(page);
        await answer(page, kind, how);
        await turnAfter(page, seq);
    }
    throw new Error(`No end after ${most} answers: ${met.join(' ')}`);
}
