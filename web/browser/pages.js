// What holds for every page: accessible in both themes, nothing wider than a phone, both languages, little weight.
import { strict as assert } from 'node:assert';
import { gzipSync } from 'node:zlib';
import { TINY } from './studio.js';
import { stay } from './visitor.js';
import { wordsIn } from './words.js';

/** STUDIO's limit for the scripts of the first page. */
const SCRIPT_BYTES_MAX = 150_000;
/** From a warm start to text on the screen. */
const FIRST_PAGE_MS_MAX = 1000;
const PAGES = [
  '/',
  '/runs',
  '/start',
  '/runs/stories-1',
  '/compare?runs=stories-1,stories-2',
  '/chat',
  '/nowhere',
];

/**
 * @param {import('playwright-core').Browser | null} browser @param {string} program
 * @returns {import('./run.js').Group}
 */
export function pages(browser, program) {
  const { studio, visitor, enter, end } = stay(browser, program);
  /** Opens a page and waits for what comes late. @param {string} path */
  const visit = async (path) => {
    await visitor().go(path);
    if (path.includes('runs/') || path.includes('compare'))
      await visitor().page.locator('.curve svg').waitFor();
    if (path === '/chat') await visitor().page.locator('textarea').waitFor();
  };
  /** @param {string} theme @param {string} lang */
  const prefer = (theme, lang) =>
    visitor().page.evaluate(
      ([theme, lang]) => {
        localStorage.setItem('sanjie.theme', theme ?? '');
        localStorage.setItem('sanjie.lang', lang ?? '');
      },
      [theme, lang],
    );

  const tests = [
    {
      name: 'the first page is light and quick',
      test: async () => {
        await studio.start();
        /** @type {Promise<number>[]} */
        const scripts = [];
        await enter((page) =>
          page.on('response', (response) => {
            if (response.request().resourceType() !== 'script') return;
            scripts.push(response.body().then((body) => gzipSync(body).length));
          }),
        );
        await visitor().page.waitForLoadState('networkidle');
        const bytes = (await Promise.all(scripts)).reduce((sum, one) => sum + one, 0);
        assert(bytes > 10_000 && bytes < SCRIPT_BYTES_MAX, `${bytes} bytes of script`);
        // The best of three: what else the machine does is not the page's doing.
        let painted = Infinity;
        for (let i = 0; i < 3; i++) {
          await visit('/');
          const paint = await visitor().page.evaluate(
            () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
          );
          painted = Math.min(painted, paint);
        }
        assert(painted < FIRST_PAGE_MS_MAX, `first paint after ${painted} ms`);
        console.log(
          `first page: ${bytes} bytes of script (gzip), first paint after ${Math.round(painted)} ms`,
        );
      },
    },
    {
      name: 'empty pages offer exactly one action',
      test: async () => {
        for (const path of ['/', '/runs', '/chat']) {
          await visit(path === '/chat' ? '/chat?' : path);
          await visitor().button('Train my first model').waitFor();
          assert.equal(await visitor().page.locator('main :is(button, a, input, select)').count(), 1, path);
        }
      },
    },
    {
      name: 'a tab without the session is told how to get in',
      test: async () => {
        assert(browser);
        const context = await browser.newContext();
        const stranger = await context.newPage();
        const answer = await stranger.goto(studio.origin);
        assert.equal(answer?.status(), 403);
        assert.match(await stranger.innerText('body'), /sanjie start/);
        await context.close();
      },
    },
    {
      name: 'accessible in both themes and languages',
      test: async () => {
        for (const settings of [{}, { 'optim.lr_max': 1e-3 }]) {
          const body = JSON.stringify({
            recipe: 'stories',
            settings: { ...TINY, 'train.steps': 60, ...settings },
          });
          const { id } = await studio.api('/api/runs', { method: 'POST', body });
          await studio.until(id, (run) => run.state === 'finished');
        }
        for (const lang of ['zh', 'en']) {
          await prefer('system', lang);
          for (const path of PAGES) {
            await visit(path);
            await unfold();
            await visitor().accessible(`${path} in ${lang}`);
          }
        }
        await talk();
        await visitor().page.locator('[data-token]').nth(1).focus();
        await visitor().accessible('/chat with an answer');
      },
    },
    {
      name: 'no page is wider than a phone',
      test: async () => {
        await visitor().page.setViewportSize({ width: 360, height: 740 });
        for (const lang of ['en', 'zh']) {
          await prefer('light', lang);
          for (const path of PAGES) {
            await visit(path);
            await unfold();
            await visitor().fits(`${path} in ${lang}`);
          }
        }
        await visitor().page.setViewportSize({ width: 1280, height: 900 });
      },
    },
    {
      name: 'language and theme are switched and remembered',
      test: async () => {
        await prefer('system', 'en');
        await visit('/runs');
        await visitor().page.getByLabel('Language').selectOption('zh');
        assert.equal(await visitor().text('main h1'), '训练');
        await visitor().page.getByLabel('外观').selectOption('dark');
        await visitor().page.reload();
        await visitor().page.waitForSelector('main h1');
        assert.equal(await visitor().text('main h1'), '训练');
        assert.equal(await visitor().page.getAttribute('html', 'lang'), 'zh-CN');
        const paper = await visitor().page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(paper, 'rgb(22, 21, 19)');
        // The studio's own sentences follow.
        await visitor().go('/compare?runs=stories-1,gone');
        await visitor().page.getByText('没有叫').waitFor();
      },
    },
    {
      name: 'the browser’s tab names the page',
      test: async () => {
        for (const lang of /** @type {const} */ (['zh', 'en'])) {
          await prefer('light', lang);
          const words = await wordsIn(lang);
          const { title } = await studio.api(`/api/topics/self-attention?lang=${lang}`);
          const lab = (await studio.api(`/api/labs/causal-attention?lang=${lang}`)).title;
          const names = {
            '/': words.today.documentTitle,
            '/runs': words.runs.documentTitle,
            '/runs/stories-1': words.runs.documentTitleOf('stories-1'),
            '/chat': words.chat.documentTitle,
            '/path': words.path.title,
            '/path/self-attention': title,
            '/labs/causal-attention': words.topic.lab(lab),
            '/knowledge': words.knowledge.title,
            '/me': words.me.title,
            '/nowhere': words.nowhere.title,
          };
          for (const [path, name] of Object.entries(names)) {
            await visitor().go(path);
            await visitor().page.waitForFunction(
              (wanted) => document.title === wanted,
              `${name} · 三阶 Sanjie`,
              { timeout: 5000 },
            );
          }
        }
      },
    },
    {
      name: 'pages ask nobody else and report no error',
      test: async () => visitor().check(),
    },
  ];

  async function unfold() {
    await visitor().page.evaluate(() =>
      document.querySelectorAll('details').forEach((one) => (one.open = true)),
    );
    for (const name of ['Show as a table', '显示数据表', 'Settings and prompt', '设置与提示词']) {
      const button = visitor().button(name);
      if (await button.isVisible()) await button.click();
    }
  }

  async function talk() {
    await visit('/chat');
    await visitor().page.locator('textarea').fill('Tell me a story.');
    await visitor().page.keyboard.press('Enter');
    await visitor().answered(2);
  }

  return { tests, end };
}
