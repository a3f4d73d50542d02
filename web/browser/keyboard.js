// The way through the first topic without a pointer: path, lesson, predict, quiz, a lab that fails, a hint, a pass, and
// a talk with the learner's own attention. Every stop of Tab must be seen.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAB, MUTANT, NO_NUMPY, hasNumpy } from './course.js';
import { TINY } from './studio.js';
import { stay } from './visitor.js';
import { wordsIn } from './words.js';

/** More stops than any page has. */
const STOPS_MAX = 400;

/**
 * @param {import('playwright-core').Browser | null} browser @param {string} program
 * @returns {import('./run.js').Group}
 */
export function keyboard(browser, program) {
  const { studio, visitor, page, enter, end } = stay(browser, program);
  /** @param {string} key */
  const press = (key) => page().keyboard.press(key);

  /** What has the focus, whether that is seen, and whether it is wanted. @param {string} selector @param {string} [name] */
  const focus = (selector, name) =>
    page().evaluate(
      ([selector, name]) => {
        const at = document.activeElement;
        if (!at || at === document.body) return null;
        // The mark stands on the element or on the label, editor or head that shows it.
        let marked = false;
        for (
          let one = /** @type {Element | null} */ (at), i = 0;
          one && i < 4;
          one = one.parentElement, i++
        ) {
          const { outlineStyle, outlineWidth } = getComputedStyle(one);
          marked ||= outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
        }
        const { width, height } = at.getBoundingClientRect();
        const text = at.getAttribute('aria-label') ?? at.textContent?.trim().replaceAll(/\s+/g, ' ');
        const isIt = at.matches(selector ?? '') && (!name || text === name);
        return { isIt, isSeen: marked && width > 0 && height > 0, html: at.outerHTML.slice(0, 120) };
      },
      [selector, name],
    );

  /**
   * Goes on by Tab until the focus is on what `selector` finds, with the words `name` if any are given.
   * @param {string} selector @param {string} [name] @param {'Tab' | 'Shift+Tab'} [key]
   */
  const reach = async (selector, name, key = 'Tab') => {
    for (let stop = 0; stop < STOPS_MAX; stop++) {
      await press(key);
      let found = await focus(selector, name);
      if (!found) continue;
      // The editor marks itself a moment later.
      if (!found.isSeen) {
        await page().waitForTimeout(100);
        found = await focus(selector, name);
      }
      assert(found?.isSeen, `the focus is not to be seen on ${found?.html}`);
      if (found.isIt) return;
    }
    assert.fail(`no stop of ${key} is ${selector} ${name ?? ''}`);
  };
  /** Types a whole file into the editor and has it checked. @param {string} text */
  const judge = async (text) => {
    await press('Control+a');
    await page().keyboard.insertText(text);
    await press('Control+Enter');
  };

  const tests = [
    {
      name: 'a course without a pointer',
      test: async () => {
        if (!hasNumpy()) return NO_NUMPY;
        await studio.start();
        const body = JSON.stringify({ recipe: 'stories', settings: { ...TINY, 'train.steps': 20 } });
        const { id } = await studio.api('/api/runs', { method: 'POST', body });
        await studio.until(id, (run) => run.state === 'finished');
        await enter();
        const words = await wordsIn('en');

        await reach('a[href="/path"]');
        await press('Enter');
        await page().waitForURL('**/path');
        await reach('a', words.path.begin);
        await press('Enter');
        await page().waitForURL('**/path/self-attention');
        await page().locator('form').first().waitFor();

        // A guess, then on past the others to the quiz.
        await reach('form input[type=radio]');
        await press('Space');
        await reach('form button', words.question.commit);
        await press('Enter');
        await page().locator('form .verdict').first().waitFor();
        while ((await visitor().button(words.question.skip).count()) > 0) {
          await reach('form button', words.question.skip);
          await press('Enter');
        }
        await reach('summary', words.topic.contents, 'Shift+Tab');
        await press('Enter');
        await reach('a[href="#quiz"]');
        await press('Enter');
        await reach('form :is(input[type=radio], input[inputmode=decimal]):enabled');
        const isNumber = await page().evaluate(() => document.activeElement?.matches('[inputmode]'));
        if (isNumber) await page().keyboard.type('1');
        else await press('Space');
        await reach('form button', words.question.commit);
        const verdicts = await page().locator('form .verdict').count();
        await press('Enter');
        await page().locator('form .verdict').nth(verdicts).waitFor();

        await reach('a.button', words.topic.openLab);
        await press('Enter');
        await page().waitForURL('**/labs/causal-attention');
        await visitor().button(words.lab.begin).waitFor();
        await reach('button', words.lab.begin);
        await press('Enter');
        await page().locator('.cm-content').waitFor();
        await reach('.cm-content');
        await judge(MUTANT);
        await page().locator('.verdict .trap').waitFor({ timeout: 60_000 });
        await press('Escape');
        const hint = words.lab.nextHint('1', '4');
        await reach('button', hint);
        await press('Enter');
        await page().getByText(words.lab.hint('1', '4'), { exact: true }).waitFor();
        await reach('.cm-content', undefined, 'Shift+Tab');
        await judge(readFileSync(join(LAB, 'solution.py'), 'utf8'));
        await page().getByText(words.lab.allPassed, { exact: true }).waitFor({ timeout: 90_000 });
        await press('Escape');

        await reach('a', words.plug.action);
        await press('Enter');
        await page().locator('textarea').waitFor();
        await reach('textarea');
        await page().keyboard.type('Tell me a story.');
        await press('Enter');
        await page().locator('article.model li').first().waitFor({ timeout: 90_000 });
        await reach('button', words.plug.off, 'Shift+Tab');
        await press('Enter');
        await page().getByText(words.plug.on, { exact: true }).waitFor({ state: 'detached' });
        visitor().check();
      },
    },
  ];
  return { tests, end };
}
