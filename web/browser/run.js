// Browser tests: the real binary (SANJIE_BIN) with fresh data folders, in the installed Chromium.
//
// Prints `ok NAME`, `FAILED NAME: why` or `skipped NAME: why`, one line a test. The tests of a group build on each
// other like a person's day, so a filter (arguments) chooses groups by the names of their tests.
import { author } from './author.js';
import { course } from './course.js';
import { findChromium, launch } from './studio.js';
import { journey } from './journey.js';
import { keyboard } from './keyboard.js';
import { knowledge } from './knowledge.js';
import { models } from './models.js';
import { pages } from './pages.js';
import { review } from './review.js';

/**
 * @typedef {{ name: string, test: () => Promise<void | string> }} Test, which says what it lacks
 * @typedef {{ tests: Test[], end: () => Promise<void> }} Group
 */

const program = process.env.SANJIE_BIN;
if (!program) {
  console.error('SANJIE_BIN names no program; build one with `cargo build -p cli`');
  process.exit(2);
}
const filters = process.argv.slice(2);
const executable = findChromium();
const browser = executable ? await launch(executable) : null;
let failures = 0;

for (const begin of [
  journey,
  pages,
  course('en'),
  course('zh'),
  keyboard,
  knowledge,
  models,
  author,
  review('en'),
  review('zh'),
]) {
  const group = begin(browser, program);
  const isWanted =
    filters.length === 0 || group.tests.some(({ name }) => filters.some((f) => name.includes(f)));
  for (const { name, test } of isWanted ? group.tests : []) {
    if (!browser) {
      console.log(`skipped ${name}: no Chromium on PATH`);
      continue;
    }
    try {
      const missing = await test();
      console.log(missing ? `skipped ${name}: ${missing}` : `ok ${name}`);
    } catch (error) {
      failures += 1;
      console.log(`FAILED ${name}: ${oneLine(error)}`);
    }
  }
  try {
    await group.end();
  } catch (error) {
    failures += 1;
    console.log(`FAILED cleaning up: ${oneLine(error)}`);
  }
}
await browser?.close();
process.exit(failures === 0 ? 0 : 1);

/** @param {unknown} error */
function oneLine(error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // Playwright colours its messages.
  return text
    .replaceAll(/\u001b\[\d+m/g, '')
    .split('\n')
    .slice(0, 12)
    .map((line) => line.trim())
    .join(' | ');
}
