/** Runs axe-core in a page. The page's policy forbids injected scripts, so it goes in through the debugger. */

import { readFile } from 'node:fs/promises';

const source = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The rules that are broken, each with its place; empty when all is well. */
export async function axeFaults(page) {
    await page.evaluate(source);
    const result = await page.evaluate((runOnly) => globalThis.axe.run({ runOnly }), rules);
    return result.violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`)
    );
}
