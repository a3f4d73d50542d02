// Pictures of the studio, made from the real binary (SANJIE_BIN) and a model that it trains for the purpose.
//
// Without arguments: the few that the README files show, in docs/images. With a folder: every page in both languages,
// both themes, wide and narrow, to be looked at. SANJIE_SHOT_RUN names a trained run of `stories` to show; without it
// one is trained by the recipe.
import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
mkdirSync(folder, { recursive: true });

const browser = await launch(executable);
const studio = new Studio(program);
try {
  await studio.start();
  if (everything) await eachLook((look) => shoot('empty', '/', look));
  const id = await model();
  await eachLook((look) => shoot('run', `/runs/${id}`, look));
  await eachLook((look) => shoot('chat', `/chat?model=${id}`, look, talk));
  if (everything) {
    const other = await start({ ...TINY, 'train.steps': 300 });
    await studio.until(other, (run) => run.state === 'finished', 300_000);
    await eachLook((look) => shoot('today', '/', look));
    await eachLook((look) => shoot('runs', '/runs', look));
    await eachLook((look) => shoot('start', '/start?recipe=shakespeare-tiny', look));
    await eachLook((look) => shoot('compare', `/compare?runs=${id},${other}`, look));
    await eachLook((look) => shoot('path', '/path', look));
    await eachLook((look) => shoot('topic', '/path/self-attention', look));
    await eachLook((look) => shoot('me', '/me', look));
    await eachLook((look) => shoot('lab', '/labs/causal-attention', look));
    await eachLook((look) => shoot('nowhere', '/nowhere', look));
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
 * @param {(page: import('playwright-core').Page, look: Look) => Promise<void>} [act]
 */
async function shoot(name, path, { lang, theme, viewport }, act) {
  const locale = lang === 'zh' ? 'zh-CN' : 'en-US';
  const context = await browser.newContext({ viewport, locale, colorScheme: theme });
  const page = await context.newPage();
  await page.goto(studio.url);
  await page.goto(studio.origin + path);
  await page.waitForSelector('main h1');
  if (path.startsWith('/runs/') || path.startsWith('/compare')) await page.locator('.curve svg').waitFor();
  await act?.(page, { lang, theme, viewport });
  await page.waitForTimeout(400);
  const file = everything ? `${name}-${lang}-${theme}-${viewport.width}.png` : `${name}.${lang}.png`;
  await page.screenshot({ path: join(folder, file), fullPage: everything });
  console.error(file);
  await context.close();
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
