/** Runs the browser tests for CTest: 77 says that something they need is not there. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const needs = { 'Node 18 or newer': Number(process.versions.node.split('.')[0]) >= 18 };
needs[process.env.CHROMIUM ?? '/usr/bin/chromium'] = existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium');
needs['the packages (npm ci in tests/browser)'] = existsSync(`${here}node_modules/playwright-core`);

const missing = Object.keys(needs).filter((need) => !needs[need]);
if (missing.length > 0) {
    console.log(`Skipped: the browser tests need ${missing.join(', ')}.`);
    process.exit(77);
}
const tests = ['kinds.test.mjs', 'page.test.mjs'];
const { status } = spawnSync(process.execPath, ['--test', ...tests], { cwd: here, stdio: 'inherit' });
process.exit(status ?? 1);
