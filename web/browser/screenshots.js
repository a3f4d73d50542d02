// Pictures of the studio, made from the real binary (SANJIE_BIN) and a model that it trains for the purpose.
//
// Without arguments: the few that the README files show, in docs/images. With a folder: every page in both languages,
// both themes, wide and narrow, to be looked at; names after it choose pages. SANJIE_SHOT_RUN names a trained run of
// `stories` to show; without it one is trained by the recipe.
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { putModels } from './models.js';
import { logOf } from './review.js';
import { findChromium, launch, Studio, TINY } from './studio.js';

const QUESTIONS = { en: 'Tell me a story about Ben and Zoe.', zh: '请讲一个小明和小红的故事。' };
const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 390, height: 844 };

/** @typedef {'en' | 'zh'} Lang */
/** @typedef {{ lang: Lang, theme: 'light' | 'dark', viewport: { width: number, height: number } }} Look */

const program = process.env.SANJIE_BIN;
const executable = findChromium();
if (!program || !executable) {
  console.error(program ? 'no Chromium on PATH' : 'SANJIE_BIN names no program');
  process.exit(1);
}
const everything = process.argv[2] !== undefined;
const folder = process.argv[2] ?? resolve(import.meta.dirname, '../../docs/images');
const chosen = process.argv.slice(3);
/** @param {string[]} names */
const isWanted = (...names) => chosen.length === 0 || names.some((name) => chosen.includes(name));
const LAB = resolve(import.meta.dirname, '../../curriculum/self-attention/labs/causal-attention');
const WRONG_REVIEW = JSON.stringify({
  id: 'review',
  at: Date.now() - 15 * 24 * 3_600_000,
  kind: 'review',
  skill: 'heads',
  form: 'quiz',
  of: 'self-attention',
  item: 'scale-of-a-head',
  seed: 1,
  answer: 0,
  right: false,
  trap: null,
});
mkdirSync(folder, { recursive: true });

const browser = await launch(executable);
const studio = new Studio(program);
try {
  await studio.start();
  if (everything) await shootAll('empty', '/');
  const id = isWanted('run', 'chat', 'plug', 'plug-fault', 'today', 'runs', 'compare', 'figure')
    ? await model()
    : '';
  await shootAll('run', `/runs/${id}`);
  await shootAll('chat', `/chat?model=${id}`, talk);
  if (everything) {
    if (isWanted('today', 'runs', 'compare')) {
      const other = await start({ ...TINY, 'train.steps': 300 });
      await studio.until(other, (run) => run.state === 'finished', 300_000);
      await shootAll('compare', `/compare?runs=${id},${other}`);
    }
    await shootAll('today', '/');
    await shootAll('runs', '/runs');
    await shootAll('start', '/start?recipe=shakespeare-tiny');
    await shootAll('path', '/path');
    await shootAll('me-empty', '/me');
    await shootAll('topic', '/path/self-attention', read);
    await shootAll('figure', '/path/self-attention', figure);
    await shootAll('figure-ours', '/path/self-attention', figure);
    await shootAll('lab-begin', '/labs/causal-attention');
    if (isWanted('lab', 'lab-passed', 'me', 'plug', 'plug-fault')) await begin();
    await shootAll('lab', '/labs/causal-attention', (page) =>
      check(page, 'solution.py', 'mutants/softmax-over-columns.py'),
    );
    await shootAll('lab-passed', '/labs/causal-attention', (page) => check(page, 'solution.py'));
    await shootAll('plug', '/chat?plug=causal-attention', (page, look) => plug(page, look, 'solution.py'));
    await shootAll('plug-fault', '/chat?plug=causal-attention', (page, look) => plug(page, look, 'stub.py'));
    await shootAll('me', '/me');
    await shootAll('knowledge-empty', '/knowledge');
    if (isWanted('knowledge', 'kb-search', 'kb-ask', 'kb-documents', 'kb-document', 'kb-evaluate'))
      await learn();
    await shootAll('knowledge', '/knowledge');
    await shootAll('kb-search', '/knowledge/notes?q=self-attention+masks', explain);
    await shootAll('kb-ask', '/knowledge/notes?tab=ask&q=What+does+the+causal+mask+do%3F', (page) =>
      page.locator('.cite').first().waitFor(),
    );
    await shootAll('kb-documents', '/knowledge/notes?tab=documents', (page) =>
      page.locator('td').first().waitFor(),
    );
    await shootAll('kb-document', '/knowledge/notes/document?id=lesson.en.md&span=0-200', (page) =>
      page.locator('.block').first().waitFor(),
    );
    await shootAll('kb-evaluate', '/knowledge/notes?tab=evaluate', measure);
    await shootAll('models-empty', '/models');
    if (isWanted('models', 'model', 'model-tokens', 'model-next', 'model-attention')) putModels(studio.home);
    await shootAll('models', '/models', (page) => page.locator('tbody tr').first().waitFor());
    await shootAll('model', '/models/org/base', (page) => page.locator('article').waitFor());
    await shootAll('model-tokens', '/models/org/base?tab=tokens', (page) =>
      page.locator('li').first().waitFor(),
    );
    await shootAll('model-next', '/models/org/base?tab=next', (page) => page.locator('li').first().waitFor());
    await shootAll('model-attention', '/models/org/chats?tab=attention', (page) =>
      page.locator('svg.large').waitFor(),
    );
    await shootAll('nowhere', '/nowhere');
    if (isWanted('review', 'review-mutant')) await take(logOf({ softmax: 9, attend: 8 }));
    await shootAll('review', '/path', due);
    // Asked about wrong solutions next, as a question was answered last.
    if (isWanted('review-mutant')) await take(`${logOf({ 'multi-head': 20 })}\n${WRONG_REVIEW}`);
    await shootAll('review-mutant', '/me', due);
  }
} finally {
  await browser.close();
  await studio.remove();
}

/** A run to show: the one named, or one trained now. */
async function model() {
  const given = process.env.SANJIE_SHOT_RUN;
  if (given) {
    cpSync(given, join(studio.home, 'runs/stories-1'), { recursive: true });
    return 'stories-1';
  }
  const id = await start({});
  await studio.until(id, (run) => run.state === 'finished', 3_600_000);
  return id;
}

/** @param {Record<string, number>} settings */
async function start(settings) {
  const { id } = await studio.api('/api/runs', {
    method: 'POST',
    body: JSON.stringify({ recipe: 'stories', settings }),
  });
  return id;
}

/**
 * @param {string} name @param {string} path
 * @param {(page: import('playwright-core').Page, look: Look) => Promise<void | import('playwright-core').Locator>} [act]
 */
async function shootAll(name, path, act) {
  if (isWanted(name)) await eachLook((look) => shoot(name, path, look, act));
}

/** The looks wanted: all, or for README a wide light one in each language. @param {(look: Look) => Promise<void>} take */
async function eachLook(take) {
  for (const lang of /** @type {const} */ (['en', 'zh'])) {
    for (const theme of everything
      ? /** @type {const} */ (['light', 'dark'])
      : /** @type {const} */ (['light'])) {
      for (const viewport of everything ? [WIDE, NARROW] : [WIDE]) await take({ lang, theme, viewport });
    }
  }
}

/**
 * @param {string} name @param {string} path @param {Look} look
 * @param {(page: import('playwright-core').Page, look: Look) => Promise<void | import('playwright-core').Locator>} [act]
 */
async function shoot(name, path, { lang, theme, viewport }, act) {
  const locale = lang === 'zh' ? 'zh-CN' : 'en-US';
  const context = await browser.newContext({ viewport, locale, colorScheme: theme });
  const page = await context.newPage();
  await page.goto(studio.url);
  await page.goto(studio.origin + path);
  // Every page offers something to do, once it knows what there is.
  await page.locator('main :is(a, button, input)').first().waitFor();
  if (path.startsWith('/runs/') || path.startsWith('/compare')) await page.locator('.curve svg').waitFor();
  const part = await act?.(page, { lang, theme, viewport });
  await page.waitForTimeout(400);
  const file = everything ? `${name}-${lang}-${theme}-${viewport.width}.png` : `${name}.${lang}.png`;
  const target = join(folder, file);
  await (part ? part.screenshot({ path: target }) : page.screenshot({ path: target, fullPage: everything }));
  console.error(file);
  await context.close();
}

/** Answers the first question of a lesson and opens all the rest. @param {import('playwright-core').Page} page */
async function read(page) {
  const forms = page.locator('main form');
  await forms.first().waitFor();
  const choice = forms.first().locator('input[type=radio]').first();
  if (await choice.isEnabled()) {
    await choice.check();
    await forms.first().locator('.button').click();
  }
  // Each opens what may hold the next.
  const skips = page.locator('main form .row button[type=button]');
  while ((await skips.count()) > 0) await skips.first().click();
}

/** The live figure of a lesson, showing its second head. @param {import('playwright-core').Page} page */
async function figure(page) {
  await read(page);
  const figure = page.locator('figure');
  await figure.locator('.head').nth(1).click();
  await figure.locator('svg.large').waitFor();
  return figure;
}

/** Makes a knowledge base of the first topic's own lesson. */
async function learn() {
  for (const name of ['lesson.en.md', 'lesson.zh.md']) {
    const text = readFileSync(join(LAB, '../..', name), 'utf8');
    await studio.api(`/api/kb/notes/files?name=${name}`, { method: 'POST', body: text });
  }
}

/** Opens the reasons of the first score. @param {import('playwright-core').Page} page */
async function explain(page) {
  await page.locator('article details summary').first().click();
}

/** Measures two questions, one of which fails. @param {import('playwright-core').Page} page */
async function measure(page) {
  const line = (/** @type {string} */ question, /** @type {string} */ document) =>
    JSON.stringify({ id: question, question, relevant: [document] });
  const lines = [line('What is attention?', 'lesson.en.md'), line('Where do zebras live?', 'zebra.md')];
  await page.locator('textarea').fill(lines.join('\n'));
  await page.locator('form .button').first().click();
  await page.locator('tbody').waitFor();
}

/** Imports a log. @param {string} body */
async function take(body) {
  await studio.api('/api/me/import', { method: 'POST', body });
}

/** A session of learning with its question. @param {import('playwright-core').Page} page */
async function due(page) {
  await page.locator('.session form').waitFor({ timeout: 60_000 });
}

/** Begins the lab, as its page would. */
async function begin() {
  await studio.api('/api/labs/causal-attention/start', {
    method: 'POST',
    body: JSON.stringify({ code: 'python' }),
  });
}

/**
 * Talks with a file of the lab for attention, with the drawer open where there is room.
 * @param {import('playwright-core').Page} page @param {Look} look @param {string} source
 */
async function plug(page, { lang, viewport }, source) {
  const { file } = await studio.api('/api/labs/causal-attention?code=python');
  copyFileSync(join(LAB, source), file.path);
  await page.locator('textarea').fill(QUESTIONS[lang]);
  await page.keyboard.press('Enter');
  await page.locator('article ul, [role=alert]').first().waitFor({ timeout: 120_000 });
  if (viewport === WIDE) await page.locator('header button').last().click();
}

/**
 * Shows the verdict on files of the lab, put together.
 * @param {import('playwright-core').Page} page @param {string[]} sources
 */
async function check(page, ...sources) {
  const { file } = await studio.api('/api/labs/causal-attention?code=python');
  const texts = sources.map((source) => readFileSync(join(LAB, source), 'utf8'));
  writeFileSync(file.path, texts.join('\n\n'));
  await page.reload();
  const pane = page.locator('.tabs button').nth(1);
  await page.locator('.lab').waitFor();
  if (await pane.isVisible()) await pane.click();
  await page.locator('.cm-content').waitFor();
  await page.locator('.bar .button').click();
  await page.locator('.verdict .steps').waitFor({ timeout: 120_000 });
  await page.locator('.bar kbd').waitFor({ state: 'attached', timeout: 120_000 });
}

/**
 * Asks for a story and points at a word of the answer.
 * @param {import('playwright-core').Page} page @param {Look} look
 */
async function talk(page, { lang, viewport }) {
  await page.locator('textarea').fill(QUESTIONS[lang]);
  await page.keyboard.press('Enter');
  await page.locator('form .link').first().waitFor();
  if (viewport === WIDE) await page.locator('header button').last().click();
  await page.locator('[data-token]').nth(12).hover();
}
