/** Puts three screenshots of the browser tests side by side: `node picture.mjs OUT.png` makes the picture of the README. */

import { readFile } from 'node:fs/promises';
import { browser, quit, shots } from './browser.mjs';

const names = ['phone-light-first', 'phone-light-picked', 'phone-dark-02-heat'];
const images = await Promise.all(names.map((name) => readFile(`${shots}${name}.png`, 'base64')));
const { context } = await browser({ viewport: { width: 1140, height: 740 }, deviceScaleFactor: 1 });
const page = await context.newPage();
await page.setContent(
    `<style>
        body { margin: 0; display: flex; justify-content: center; align-items: center; gap: 36px; height: 740px; background: #e9e1d5 }
        img { width: 320px; border-radius: 28px; box-shadow: 0 10px 34px rgb(70 50 30 / 22%) }
    </style>` + images.map((image) => `<img alt="" src="data:image/png;base64,${image}">`).join('')
);
await page.screenshot({ path: process.argv[2] });
await quit();
