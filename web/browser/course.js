// A learner's way through the first topic, once in each language: path, lesson, predict, quiz, a lab that fails, a hint,
// a pass, the solution, a talk with the learner's own attention, and what the log says afterwards.
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TINY } from './studio.js';
import { stay } from './visitor.js';
import { wordsIn } from './words.js';

const WORDS = { en: await wordsIn('en'), zh: await wordsIn('zh') };
export const NO_NUMPY = 'no Python with numpy, so nothing is graded';
export const LAB = resolve(import.meta.dirname, '../../curriculum/self-attention/labs/causal-attention');
const SOLUTION = readFileSync(join(LAB, 'solution.py'), 'utf8');
/** Sums over the wrong direction, the trap `softmax-axis`; what is defined later counts. */
export const MUTANT = `${SOLUTION}\n\n${readFileSync(join(LAB, 'mutants/softmax-over-columns.py'), 'utf8')}`;

/** Whether labs can be graded. */
export function hasNumpy() {
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
/** Reads every word, those to come as well; and one that stops. What is defined later counts. */
const UNMASKED = `${SOLUTION}
def causal_attention(q, k, v, q_offsets, k_offsets):
    weights = softmax(np.zeros((len(q), len(k)), np.float32))
    return np.einsum('nm,mhd->nhd', weights, v).astype(np.float32) * np.float32(5)
`;
const STOPS = `${SOLUTION}
def causal_attention(q, k, v, q_offsets, k_offsets):
    return unheard_of
`;

/**
 * @param {'en' | 'zh'} lang
 * @returns {(browser: import('playwright-core').Browser | null, program: string) => import('./run.js').Group}
 */
export const course = (lang) => (browser, program) => {
  const words = WORDS[lang];
  const { studio, visitor, page, enter, end } = stay(browser, program);
  /** Saves as another editor would. @param {string} text */
  const write = async (text) => {
    const { file } = await studio.api('/api/labs/causal-attention?code=python');
    writeFileSync(file.path, text);
  };

  const tests = [
    {
      name: `course in ${lang}: the path shows what is built and what is not`,
      test: async () => {
        await studio.start();
        await enter();
        await page().evaluate((lang) => localStorage.setItem('sanjie.lang', lang), lang);
        await visitor().go('/path');
        await page().getByText(words.path.next, { exact: true }).waitFor();
        const path = await studio.api(`/api/path?lang=${lang}`);
        assert.equal(path.stages.length, 3);
        const topics = path.stages.flatMap((/** @type {any} */ stage) => stage.topics);
        assert.equal(await page().locator('main li').count(), topics.length);
        // What is not built is text, never a link that leads nowhere.
        for (const topic of topics) {
          const links = await page().locator(`[id="${topic.id}"] a`).count();
          assert.equal(links, topic.state === 'planned' ? 0 : 1, topic.id);
        }
        await visitor().accessible('/path');
        await visitor().fits('/path');
        await visitor().go('/path/matrices');
        await page().getByText(words.topic.planned).waitFor();
        await visitor().go('/path');
        await visitor().link(words.path.begin).click();
        await page().waitForURL('**/path/self-attention');
      },
    },
    {
      name: `course in ${lang}: the lesson folds until a guess is committed`,
      test: async () => {
        await page().locator('.katex').first().waitFor();
        // The numbers that the first question is about are not in sight yet.
        const reveal = '[0.333 0.333] [0.333 0.333]';
        assert.equal(await page().getByText(reveal).count(), 0);
        const question = page().locator('form').first();
        assert(await question.getByRole('button', { name: words.question.commit, exact: true }).isDisabled());
        await question.locator('input[type=radio]').first().focus();
        await page().keyboard.press('Space');
        await question.getByRole('button', { name: words.question.commit, exact: true }).press('Enter');
        await question.locator('.verdict').waitFor();
        await page().getByText(reveal).waitFor();
        await page().reload();
        await page().locator('form .verdict').first().waitFor();
        await page().getByText(reveal).waitFor();
        // Skipping opens the text as well.
        const skips = visitor().button(words.question.skip);
        while ((await skips.count()) > 0) await skips.first().click();
        await page().getByText('pub fn reference').waitFor();
      },
    },
    {
      name: `course in ${lang}: the quiz gives a verdict with its reason, and the log keeps it`,
      test: async () => {
        const { body } = await studio.api(`/api/topics/self-attention?lang=${lang}`);
        const quiz = body.questions.filter((/** @type {any} */ one) => !one.is_predict);
        assert(quiz.length >= 8, `${quiz.length} questions`);
        const label = words.topic.item('1', String(quiz.length));
        const question = page().locator('form', { hasText: label }).first();
        if (quiz[0].is_number) await question.getByRole('textbox').fill('1/2');
        else await question.locator('input[type=radio]').first().check();
        await question.getByRole('button', { name: words.question.commit, exact: true }).click();
        await question.locator('.verdict').waitFor();
        await visitor().button(words.question.again).click();
        await question.locator('.verdict').waitFor({ state: 'hidden' });
        const { answers } = await studio.api('/api/me');
        assert.equal(answers, 2);
        await visitor().accessible('the lesson');
        await visitor().fits('the lesson');
      },
    },
    {
      name: `course in ${lang}: the figure shows where a small model looks, then one of one's own`,
      test: async () => {
        const figure = page().locator('figure');
        await figure.getByText(words.figure.oursText, { exact: true }).waitFor();
        await figure.getByText(words.figure.none, { exact: true }).waitFor();
        await figure.locator('svg.large').waitFor();
        const { id } = await studio.api('/api/runs', {
          method: 'POST',
          body: JSON.stringify({ recipe: 'stories', settings: { ...TINY, 'train.steps': 20 } }),
        });
        await studio.until(id, (run) => run.state === 'finished');
        await page().reload();
        await figure.locator('svg.large').waitFor();
        assert.equal(await figure.locator('select').inputValue(), id);
        assert.equal(await figure.getByText(words.figure.oursText, { exact: true }).count(), 0);
        // Another head and another token by keyboard; the address names both, so a reload shows them again.
        await figure.getByRole('radio', { name: words.figure.head('1', '1'), exact: true }).focus();
        await page().keyboard.press('ArrowRight');
        const second = figure.getByRole('radio', { name: words.figure.head('1', '2'), exact: true });
        assert(await second.isChecked(), 'an arrow chooses no head');
        await figure.locator('.token input:checked').focus();
        await page().keyboard.press('ArrowLeft');
        assert((await figure.locator('.token.masked').count()) > 0, 'no token is behind the mask');
        const says = await figure.locator('[role=status]').innerText();
        await page().reload();
        await figure.getByText(says, { exact: true }).waitFor();
        assert(await second.isChecked(), 'a reload forgets the head');
        // Another text is read by itself; its numbers stand in a table.
        await figure.getByRole('textbox').fill('Tom, Tom');
        await figure.getByText(says, { exact: true }).waitFor({ state: 'detached' });
        await figure.locator('summary').click();
        await figure.locator('tbody tr').first().waitFor();
        await visitor().accessible('the figure');
        await visitor().fits('the figure');
      },
    },
    {
      name: `course in ${lang}: the figure of scores follows the constants, the query and the texts`,
      test: async () => {
        await visitor().go('/path/inverted-index-and-bm25');
        const figure = page().locator('figure');
        await figure.locator('li b').first().waitFor();
        const scores = async () => (await figure.locator('li b').allInnerTexts()).join(' ');
        const before = await scores();
        await figure.getByLabel(words.scores.b).fill('0');
        await page().waitForFunction(
          (old) => [...document.querySelectorAll('figure li b')].map((b) => b.textContent).join(' ') !== old,
          before,
        );
        await figure.getByRole('button', { name: words.scores.reset }).click();
        await page().waitForFunction(
          (old) => [...document.querySelectorAll('figure li b')].map((b) => b.textContent).join(' ') === old,
          before,
        );
        // What has none of the words is said not to be found, and stands last.
        await figure.getByLabel(words.scores.texts).fill('green tea\nzebra zebra zebra\n绿茶');
        await figure.getByLabel(words.scores.query).fill('tea');
        await figure.getByText(words.scores.nothing('3'), { exact: true }).waitFor();
        await figure.locator('summary').first().click();
        await figure.locator('tbody tr').first().waitFor();
        await visitor().accessible('the figure of scores');
        await visitor().fits('the figure of scores');
      },
    },
    {
      name: `course in ${lang}: a lab that fails shows the smallest case, names the trap and opens a hint`,
      test: async () => {
        if (!hasNumpy()) return NO_NUMPY;
        await visitor().go('/labs/causal-attention');
        await visitor().button(words.lab.begin).click();
        await page().locator('.cm-content').waitFor();
        // The stub as it is: the first message says what to do.
        await visitor().button(words.lab.check).click();
        await page().locator('.verdict .fault').waitFor({ timeout: 60_000 });
        await page().locator('.cm-line.marked').waitFor();
        // Typed here, saved by itself, checked with the keyboard.
        await page().locator('.cm-content').focus();
        await page().keyboard.press('Control+a');
        await page().keyboard.insertText(MUTANT);
        await page().keyboard.press('Control+Enter');
        await page().locator('.verdict .trap').waitFor({ timeout: 60_000 });
        assert((await page().locator('td.differs').count()) > 0, 'no cell is marked');
        await page().getByText(words.lab.expected, { exact: false }).first().waitFor();
        await visitor().button(words.lab.nextHint('1', '4')).click();
        await page().getByText(words.lab.hint('1', '4'), { exact: true }).waitFor();
        // Escape, then Tab, leaves the editor.
        await page().locator('.cm-content').focus();
        await page().keyboard.press('Escape');
        await page().keyboard.press('Tab');
        assert.equal(
          await page().evaluate(() => document.activeElement?.closest('.cm-editor') ?? null),
          null,
        );
        await visitor().accessible('a verdict');
        await visitor().fits('a verdict');
        await page().reload();
        await page().locator('.verdict .trap').waitFor();
        await page().getByText(words.lab.hint('1', '4'), { exact: true }).waitFor();
      },
    },
    {
      name: `course in ${lang}: a check outlives a switch of language, and one cut off passes for no verdict`,
      test: async () => {
        if (!hasNumpy()) return NO_NUMPY;
        const address = '**/api/labs/causal-attention/check?*';
        /** @type {string[]} */
        const failed = [];
        const language = page().locator('.switches select').first();
        page().on('requestfailed', (request) => failed.push(new URL(request.url()).pathname));
        const begun = page().waitForResponse(address);
        await visitor().button(words.lab.check).click();
        await begun;
        const other = lang === 'en' ? 'zh' : 'en';
        await language.selectOption(other);
        await visitor().button(WORDS[other].lab.check).waitFor({ timeout: 60_000 });
        assert(!failed.some((path) => path.endsWith('/check')), 'the check was aborted');
        await language.selectOption(lang);
        await page().route(address, (route) =>
          route.fulfill({ contentType: 'text/event-stream', body: ':\n\n' }),
        );
        await visitor().button(words.lab.check).click();
        await page().getByText(words.lab.checkEnded, { exact: true }).waitFor();
        await page().unroute(address);
      },
    },
    {
      name: `course in ${lang}: another editor's file is checked by itself, and passes`,
      test: async () => {
        if (!hasNumpy()) return NO_NUMPY;
        await page().locator('.cm-content').waitFor();
        await write(SOLUTION);
        await page().getByText(words.lab.allPassed, { exact: true }).waitFor({ timeout: 90_000 });
        await visitor().button(words.lab.showSolution).click();
        await page().locator('pre .same').first().waitFor();
        assert.equal(await page().locator('pre .gone').count(), 0, 'the same file differs from itself');
        await visitor().accessible('a pass');
        const { stages } = await studio.api('/api/path');
        assert.equal(stages[0].topics[0].state, 'passed');
        // The Rust file has passed nothing by that: it says so, and the path keeps what counts.
        await page()
          .getByText(words.lab.progress('Python', '5', '5'), { exact: true })
          .waitFor();
        await page().locator('.head select').selectOption('rust');
        await page()
          .getByText(words.lab.progress('Rust', '0', '5'), { exact: true })
          .waitFor();
        await page().getByText(words.lab.elsewhereText, { exact: true }).waitFor();
        assert.equal(await visitor().button(words.lab.showSolution).count(), 0);
        await page().locator('.head select').selectOption('python');
        await visitor().link(words.plug.action).waitFor();
      },
    },
    {
      name: `course in ${lang}: a model talks with the attention that passed, and says so when it is broken`,
      test: async () => {
        if (!hasNumpy()) return NO_NUMPY;
        await visitor().link(words.plug.action).click();
        await page().getByText(words.plug.on, { exact: true }).waitFor();
        // The address is that of the model by then, so that a reload begins no new conversation.
        await page().waitForURL('**/chat?model=*');
        await page()
          .locator('textarea')
          .fill(lang === 'zh' ? '讲个故事。' : 'Tell me a story.');
        await page().keyboard.press('Enter');
        const report = page().locator('article.model').last().locator('li');
        await report.first().waitFor({ timeout: 90_000 });
        const [speeds, apart, same] = await report.allInnerTexts();
        // Both speeds, a difference that rounding explains, and the same choice everywhere.
        const numbers = speeds?.replaceAll(',', '').match(/\d+(\.\d+)?/g) ?? [];
        assert.equal(numbers.filter((speed) => Number(speed) > 0).length, 2, speeds);
        const most = Number(/[\d.]+e[-+]\d+/.exec(apart ?? '')?.[0]);
        assert(most >= 0 && most < 1e-3, apart);
        const n = /\d+/.exec(same ?? '')?.[0] ?? '';
        assert.equal(same, words.plug.same(n));
        await visitor().accessible('a plugged answer');
        await visitor().fits('a plugged answer');

        // Broken on purpose: the logits part, which is told.
        await write(UNMASKED);
        await visitor().button(words.chat.again).click();
        await report.filter({ hasText: apart ?? '' }).waitFor({ state: 'detached' });
        await report.nth(1).waitFor({ timeout: 60_000 });
        const other = await report.nth(1).innerText();
        assert(Number(/[\d.]+e[-+]\d+/.exec(other)?.[0]) > 1e-3, other);

        // One that cannot go on is named with its line.
        await write(STOPS);
        await visitor().button(words.chat.again).click();
        await page().getByText(words.plug.fault, { exact: true }).waitFor({ timeout: 60_000 });
        await page().getByText('return unheard_of', { exact: true }).waitFor();
        await visitor().accessible('a fault of a plugged function');
        await visitor().button(words.drawer.open).click();
        await page().getByText(words.plug.passedOnce, { exact: false }).waitFor();
        await visitor().accessible('the choice of attention');
        await visitor().fits('the choice of attention');

        // One click beside the fault lets the engine answer again.
        await visitor().button(words.plug.engineAgain).click();
        await page().getByText(words.plug.on, { exact: true }).waitFor({ state: 'detached' });
        await page()
          .locator('textarea')
          .fill(lang === 'zh' ? '讲个故事。' : 'Tell me a story.');
        await page().keyboard.press('Enter');
        await visitor().answered(1, words.chat.again);
        assert.equal(await report.count(), 0, 'the engine reports on itself');
      },
    },
    {
      name: `course in ${lang}: the log tells it all, and travels`,
      test: async () => {
        await visitor().go('/me');
        await page().getByText(words.me.log, { exact: true }).first().waitFor();
        await visitor().accessible('/me');
        await visitor().fits('/me');
        const downloading = page().waitForEvent('download');
        await visitor().link(words.me.export).click();
        const file = await (await downloading).path();
        const { n_events } = await studio.api('/api/me');
        assert.equal(readFileSync(file, 'utf8').trim().split('\n').length, n_events);
        await page().locator('input[type=file]').setInputFiles(file);
        await page()
          .getByText(words.me.imported('0', String(n_events), '0'))
          .waitFor();
      },
    },
    {
      name: `course in ${lang}: pages ask nobody else and report no error`,
      test: async () => visitor().check(),
    },
  ];

  return { tests, end };
};
