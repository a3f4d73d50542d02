// A knowledge base in the browser: handed over, looked at, searched with its reasons, asked, measured, removed; in both
// languages, by keyboard where a person may have nothing else, and as somebody who may not see everything.
import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hasNumpy, NO_NUMPY } from './course.js';
import { stay } from './visitor.js';
import { wordsIn } from './words.js';

const TEA = `# Tea

Green tea is not fermented. Black tea is fully fermented. 绿茶不发酵，红茶全发酵。

## Water

The water for green tea should be about 80 degrees warm, and never boil.
`;
const RANKING = 'inverted-index-and-bm25';
const LAB = resolve(import.meta.dirname, `../../curriculum/${RANKING}/labs/${RANKING}`);
const PAY = 'Salaries are reviewed in March by the committee.';
const QUESTIONS = [
  { id: '1', question: 'How warm is the water for green tea?', relevant: ['tea.md'] },
  { id: '2', question: 'Where do zebras live?', relevant: ['zebra.md'] },
];

/**
 * @param {import('playwright-core').Browser | null} browser @param {string} program
 * @returns {import('./run.js').Group}
 */
export function knowledge(browser, program) {
  const { studio, visitor, page, enter, end } = stay(browser, program);
  /** @param {'en' | 'zh'} lang */
  const speak = async (lang) => {
    await page().evaluate((lang) => localStorage.setItem('sanjie.lang', lang), lang);
    return (await wordsIn(lang)).knowledge;
  };
  /** Every page of the knowledge base. */
  const PLACES = [
    '/knowledge',
    '/knowledge/notes?q=green+tea',
    '/knowledge/notes?tab=ask&q=How+warm+is+the+water+for+green+tea%3F',
    '/knowledge/notes?tab=documents',
    '/knowledge/notes?tab=evaluate',
    '/knowledge/notes/document?id=tea.md&span=5-32',
  ];
  /** @param {string} path */
  const visit = async (path) => {
    await visitor().go(path);
    if (path.includes('q=green')) await page().locator('article').first().waitFor();
    else if (path.includes('tab=ask')) await page().locator('.cite').first().waitFor();
    else if (path.includes('tab=documents')) await page().locator('td').first().waitFor();
    else if (path.includes('document?')) await page().locator('.block').first().waitFor();
  };

  const tests = [
    {
      name: 'no knowledge base: one action',
      test: async () => {
        await studio.start();
        await enter();
        const words = await speak('en');
        await visitor().go('/knowledge');
        await page().getByText(words.empty).waitFor();
        assert.equal(await page().locator('main :is(button, a, input, select)').count(), 1);
      },
    },
    {
      name: 'files are handed over, and what cannot be read is named',
      test: async () => {
        const words = await speak('en');
        await visitor().go('/knowledge');
        await page()
          .locator('input[type=file]')
          .setInputFiles([
            { name: 'tea.md', mimeType: 'text/markdown', buffer: Buffer.from(TEA) },
            { name: 'broken.docx', mimeType: 'application/zip', buffer: Buffer.from('no archive') },
          ]);
        await page().waitForURL('**/knowledge/notes?tab=documents');
        await visitor().link('tea.md').waitFor();
        // The page that opens then names what was left out before.
        await page()
          .getByText(words.added('1', '0', '0'))
          .waitFor();
        await page().getByRole('alert').getByText('broken.docx').waitFor();
        await page().getByLabel(words.mayGroups).fill('hr');
        await page()
          .locator('input[type=file]')
          .setInputFiles([
            { name: 'pay.txt', mimeType: 'text/plain', buffer: Buffer.from(PAY) },
            { name: 'broken.docx', mimeType: 'application/zip', buffer: Buffer.from('no archive') },
          ]);
        await visitor().link('pay.txt').waitFor();
        await page().getByRole('alert').getByText('broken.docx').waitFor();
        await page().getByText(words.groupsOf('hr')).waitFor();
      },
    },
    {
      name: 'a search says how its scores come about',
      test: async () => {
        const words = await speak('en');
        await visitor().go('/knowledge/notes');
        await page().getByRole('searchbox').fill('green tea fermented');
        await page().keyboard.press('Enter');
        const hit = page().locator('article').first();
        await hit.waitFor();
        assert.match(page().url(), /q=green\+tea\+fermented/);
        const marks = await hit.locator('.text mark').allInnerTexts();
        assert(marks.includes('fermented'), `marked: ${marks}`);
        await hit.getByText(words.why).click();
        const parts = await hit.locator('tbody tr td:nth-child(5)').allInnerTexts();
        const sum = parts.reduce((sum, part) => sum + Number(part.replace('=', '')), 0);
        const score = Number(/(\d+\.\d{3})$/.exec((await hit.locator('.place').innerText()).trim())?.[1]);
        assert(parts.length === 3 && Math.abs(sum - score) < 0.002, `${parts} is not ${score}`);
        // Nothing was learned from questions, so the usual way is by words.
        assert.equal(await page().locator('form select').inputValue(), 'usual');
        await page().getByText(words.foundBy(words.byKinds.words), { exact: true }).waitFor();
        for (const by of /** @type {const} */ (['meaning', 'both', 'words'])) {
          await page().locator('form select').selectOption(by);
          await page().locator('.results:not([aria-busy=true])').waitFor();
          await page().getByText(words.foundBy(words.byKinds[by]), { exact: true }).waitFor();
          // Two documents that share no word teach no vectors.
          if (by !== 'meaning') await page().locator('article').first().waitFor();
        }
      },
    },
    {
      name: 'one’s own ranking searches, with the engine’s beside it, right or wrong',
      test: async () => {
        if (!hasNumpy()) return NO_NUMPY;
        const { rankPlug } = await wordsIn('en');
        await studio.api(`/api/labs/${RANKING}/start`, {
          method: 'POST',
          body: JSON.stringify({ code: 'python' }),
        });
        const { file } = await studio.api(`/api/labs/${RANKING}?code=python`);
        const solution = readFileSync(join(LAB, 'solution.py'), 'utf8');
        writeFileSync(file.path, solution);
        await visitor().go('/knowledge/notes?q=green+tea+fermented');
        await page().getByRole('checkbox').check();
        await page().getByText(rankPlug.same('1'), { exact: true }).waitFor();
        assert.match(await page().locator('article .place').first().innerText(), /engine: 1\./);
        writeFileSync(file.path, `${solution}\n\ndef best(scores, k):\n    return unheard_of\n`);
        await page().getByRole('checkbox').uncheck();
        await page().getByText(rankPlug.same('1'), { exact: true }).waitFor({ state: 'detached' });
        await page().getByRole('checkbox').check();
        await page().getByText(rankPlug.fault, { exact: true }).waitFor();
        await page()
          .getByText(/unheard_of/)
          .first()
          .waitFor();
        await visitor().accessible('a search by one’s own ranking');
        await visitor().fits('a search by one’s own ranking');
        await page().getByRole('checkbox').uncheck();
      },
    },
    {
      name: 'a hit leads to its place, and chunks stand beside the file',
      test: async () => {
        await visit('/knowledge/notes?q=green+tea');
        await page().locator('article h3 a').first().click();
        await page().locator('.parse mark').first().waitFor();
        assert.equal(await page().locator('.file pre').innerText(), TEA.trimEnd() + '\n');
        const marked = (await page().locator('.parse mark').allInnerTexts()).join('');
        const chosen = await page().locator('article.chosen .text').innerText();
        assert.equal(chosen.replaceAll(/\s/g, ''), marked.replaceAll(/\s/g, ''));
        await page().locator('.chunks article a').last().press('Enter');
        await page().locator('article.chosen').last().waitFor();
      },
    },
    {
      name: 'an answer cites its exact span, or there is none',
      test: async () => {
        const words = await speak('zh');
        await visitor().go('/knowledge/notes?tab=ask');
        await page().getByPlaceholder(words.question).fill('How warm is the water for green tea?');
        await page().keyboard.press('Enter');
        await page().locator('.cite').first().waitFor();
        const said = (await page().locator('.answer .text').innerText()).replaceAll(/\[\d\]/g, '').trim();
        assert.match(said, /80 degrees/);
        await page().locator('.cite').first().press('Enter');
        await page().locator('.parse mark').first().waitFor();
        const marked = (await page().locator('.parse mark').allInnerTexts()).join('');
        assert(said.startsWith(marked.trim()), `${marked} is not ${said}`);
        await page().goBack();
        await page().locator('.cite').first().waitFor();
        await page().getByPlaceholder(words.question).fill('Why do zebras sing opera?');
        await page().keyboard.press('Enter');
        await page().getByText(words.abstains).waitFor();
      },
    },
    {
      name: 'who may not see a document does not find it',
      test: async () => {
        const words = await speak('en');
        await visitor().go('/knowledge/notes?q=salaries');
        await visitor().link('pay.txt').waitFor();
        await page().getByLabel(words.who).selectOption('anyone');
        await page().getByText(words.none).waitFor();
        await page().getByLabel(words.who).selectOption('person');
        await page().getByLabel(words.groups).fill('hr');
        await page().getByLabel(words.groups).press('Enter');
        await visitor().link('pay.txt').waitFor();
        await page().getByLabel(words.who).selectOption('anyone');
        await visitor().go('/knowledge/notes/document?id=pay.txt');
        await page().getByRole('alert').waitFor();
        assert(!(await page().locator('main').innerText()).includes('committee'));
        await visitor().go('/knowledge/notes?tab=documents');
        await visitor().link('tea.md').waitFor();
        assert.equal(await visitor().link('pay.txt').count(), 0);
        await page().getByLabel(words.who).selectOption('owner');
        await visitor().link('pay.txt').waitFor();
      },
    },
    {
      name: 'questions are measured, and those that failed are shown',
      test: async () => {
        const words = await speak('en');
        await visitor().go('/knowledge/notes?tab=evaluate');
        await page()
          .locator('textarea')
          .fill(QUESTIONS.map((one) => JSON.stringify(one)).join('\n'));
        await visitor().button(words.evaluate).click();
        await page().getByText(words.failing('1', '2')).waitFor();
        const recall = await page().locator('tbody tr').first().locator('td').last().innerText();
        assert.match(recall, /0\.500\s+0\.000 to 1\.000/);
        await visitor().link('Where do zebras live?').waitFor();
        await page().locator('textarea').fill('no question');
        await visitor().button(words.evaluate).click();
        await page().getByRole('alert').getByText('line 1').waitFor();
        await page().reload();
        await page().locator('textarea').waitFor();
        assert.equal(await page().locator('textarea').inputValue(), 'no question');
      },
    },
    {
      name: 'ways of cutting are compared on the same questions',
      test: async () => {
        for (const lang of /** @type {const} */ (['zh', 'en'])) {
          const words = await speak(lang);
          await visitor().go('/knowledge/notes?tab=evaluate');
          await page()
            .locator('textarea')
            .fill(QUESTIONS.map((one) => JSON.stringify(one)).join('\n'));
          await visitor().button(words.compare).click();
          const rows = page().locator('section tbody tr');
          await rows.first().waitFor({ timeout: 60_000 });
          assert((await rows.count()) > 5);
          assert.equal(await page().getByText(words.verdicts.current, { exact: true }).count(), 1);
          // Two questions prove nothing, and the page says so.
          const result = await page().locator('.result').innerText();
          assert(result.includes(words.noWinner) && result.includes(words.fewQuestions), result);
          await visitor().accessible(`a comparison in ${lang}`);
          await visitor().fits(`a comparison in ${lang}`);
        }
      },
    },
    {
      name: 'a folder is added and synced',
      test: async () => {
        const words = await speak('zh');
        const folder = join(studio.home, 'docs');
        mkdirSync(folder);
        writeFileSync(join(folder, 'milk.txt'), '牛奶来自奶牛。');
        await visitor().go('/knowledge/notes?tab=documents');
        await page().getByLabel(words.folder).fill(folder);
        await visitor().button(words.addFolder).click();
        await page()
          .getByRole('link', { name: /milk\.txt/ })
          .waitFor();
        writeFileSync(join(folder, 'coffee.txt'), '咖啡来自远方。');
        await visitor().button(words.sync).click();
        await page()
          .getByRole('link', { name: /coffee\.txt/ })
          .waitFor();
      },
    },
    {
      name: 'the knowledge pages are accessible and fit a phone in both languages',
      test: async () => {
        for (const lang of /** @type {const} */ (['en', 'zh'])) {
          await speak(lang);
          for (const path of PLACES) {
            await visit(path);
            await page().evaluate(() =>
              document.querySelectorAll('details').forEach((one) => (one.open = true)),
            );
            await visitor().accessible(`${path} in ${lang}`);
            await visitor().fits(`${path} in ${lang}`);
          }
        }
      },
    },
    {
      name: 'what is removed is gone, and so is the whole',
      test: async () => {
        const words = await speak('en');
        await visitor().go('/knowledge/notes?tab=documents');
        await visitor().button(words.removeOne('tea.md')).click();
        await page().getByText(words.removed('tea.md')).waitFor();
        assert.equal(await visitor().link('tea.md').count(), 0);
        await visitor().go('/knowledge/notes?q=fermented');
        await page().getByText(words.none).waitFor();
        await visitor().go('/knowledge/notes?tab=documents');
        await page().getByText(words.deleteTitle).click();
        await page().getByLabel(words.deleteConfirm('notes')).fill('notes');
        await visitor().button(words.delete).click();
        await page().getByText(words.empty).waitFor();
        visitor().check();
      },
    },
  ];

  return { tests, end };
}
