/** Somebody who takes part in `joint` with the chat page. */

import { browser, shots } from './browser.mjs';

/** What they press in the safety gate, and then up to the agreement: nothing is wrong, and they are calm. */
export const kGate = ["Yes, it's private", 'Yes', 'No', 'No', 'No', 'No', /^3/, 'I agree'];

/** Somebody at a page of their own. */
export class Person {
    static async at(viewport, address) {
        const { context, close } = await browser({ viewport });
        const person = new Person();
        person.close = close;
        person.trouble = [];
        person.page = await context.newPage();
        person.page.on('pageerror', (error) => person.trouble.push(String(error)));
        person.page.on('console', (message) => {
            if (message.type() === 'error') person.trouble.push(message.text());
        });
        await person.page.goto(address);
        await person.settled();
        return person;
    }

    /** The place that is in front: the private one, or the room. */
    place(room) {
        const seat = this.page.locator('.seat:not([hidden])');
        if (room === undefined) return seat.locator('.place:visible').last();
        return seat.locator(room ? '.place[id*="room"]' : '.place:not([id*="room"])');
    }

    async settled() {
        await this.page.waitForTimeout(250);
        await this.page.waitForFunction(() => !document.querySelector('.dots, .waiting'));
    }

    async say(words, room) {
        await this.place(room).locator('textarea').fill(words);
        await this.place(room).locator('.send').click();
        await this.settled();
    }

    async press(label, room) {
        await this.place(room).locator('.ask').getByRole('button', { name: label }).first().click();
        await this.settled();
    }

    async pressAll(labels, room) {
        for (const label of labels) await this.press(label, room);
    }

    asked(room) {
        return this.place(room).locator('.ask:not([hidden]) :is(.choice, .number, .skip)').count();
    }

    text(room) {
        return this.place(room).locator('.log').innerText();
    }

    shot(name) {
        return this.page.screenshot({ path: `${shots}${name}.png` });
    }

    async begin() {
        await this.press('Talk together');
        await this.press('To mend something');
        await this.say('Ana');
        await this.press('She');
        await this.say('Ben');
        await this.pressAll(kGate);
    }
}
