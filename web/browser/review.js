// One session of learning, once in each language: what is due, its questions with their verdicts, what is then next, and
// the learner's page with the skills.
import { strict as assert } from 'node:assert';
import { stay } from './visitor.js';
import { wordsIn } from './words.js';

const DAY_MS = 24 * 3_600_000;
/** Steps of the lab and the days since they were passed. */
const PASSED = { softmax: 9, attend: 8 };

/**
 * A log to import, in which these steps were passed.
 * @param {Record<string, number>} passed
 */
export function logOf(passed) {
  const line = ([step, days] = ['', 0]) =>
    JSON.stringify({
      id: `${step}-${days}`,
      at: Date.now() - days * DAY_MS,
      kind: 'attempt',
      lab: 'causal-attention',
      step,
      passed: true,
      seed: 1,
      source: 'a',
      trap: null,
      ms: 1,
      assisted: false,
      failed: null,
    });
  return Object.entries(passed).map(line).join('\n');
}

/**
 * @param {'en' | 'zh'} lang
 * @returns {(browser: import('playwright-core').Browser | null, program: string) => import('./run.js').Group}
 */
export const review = (lang) => (browser, program) => {
  const { studio, visitor, page, enter, end } = stay(browser, program);
  const tests = [
    {
      name: `review in ${lang}: what is due is asked, answered and kept`,
      test: async () => {
        const words = await wordsIn(lang);
        await studio.start();
        await enter();
        await page().evaluate((lang) => localStorage.setItem('sanjie.lang', lang), lang);
        await studio.api('/api/me/import', { method: 'POST', body: logOf(PASSED) });
        for (const path of ['/path', '/me']) {
          await visitor().go(path);
          const session = page().locator('.session');
          await session.locator('h2', { hasText: words.session.title }).waitFor();
          const form = session.locator('form');
          await form.waitFor({ timeout: 60_000 });
          await visitor().accessible(path);
          await visitor().fits(path);
          const box = form.getByRole('textbox');
          if ((await box.count()) > 0) await box.fill('1');
          else await form.locator('input[type=radio]').first().check();
          await form.getByRole('button', { name: words.question.commit, exact: true }).click();
          await form.locator('.verdict').waitFor({ timeout: 60_000 });
          await visitor().accessible(`${path} with a verdict`);
          const isLast = path === '/me';
          const name = isLast ? words.session.done : words.session.next;
          await session.getByRole('button', { name, exact: true }).click();
          if (isLast) await form.waitFor({ state: 'detached' });
          else await form.locator('.verdict').waitFor({ state: 'detached' });
        }
        const { log, skills } = await studio.api('/api/me');
        assert.equal(log.filter((/** @type {any} */ line) => line.kind === 'review').length, 2);
        assert.equal(await page().locator('.skills li').count(), skills.length);
        visitor().check();
      },
    },
  ];
  return { tests, end };
};
