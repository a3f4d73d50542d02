// The models page in the browser: what is here, a hostile card, a tokenizer, the next token, the heads; in both languages.
import { strict as assert } from 'node:assert';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stay } from './visitor.js';
import { wordsIn } from './words.js';

const GOLDENS = resolve(import.meta.dirname, '../../crates/models/goldens/families');
const CARD = `---
license: apache-2.0
---
# A card

<script>document.title = 'taken'</script>
<img src="https://evil.example/track.png" onerror="document.title = 'taken'">

![picture](https://evil.example/track.png) and [code](javascript:alert(1)), **safe**.
`;

/** Puts three tiny models where pulled ones stand. @param {string} home */
export function putModels(home) {
  const folder = join(home, 'models/org');
  mkdirSync(join(folder, 'chats'), { recursive: true });
  cpSync(join(GOLDENS, 'llama.gguf'), join(folder, 'chats/llama.gguf'));
  cpSync(join(GOLDENS, 'gpt2'), join(folder, 'base'), { recursive: true });
  cpSync(join(GOLDENS, 'bert-labels'), join(folder, 'labels'), { recursive: true });
  writeFileSync(join(folder, 'base/README.md'), CARD);
  const source = { source: 'https://hub.example/org/base', revision: '0123abc', files: [] };
  writeFileSync(join(folder, 'base/source.json'), JSON.stringify(source));
}

/**
 * @param {import('playwright-core').Browser | null} browser @param {string} program
 * @returns {import('./run.js').Group}
 */
export function models(browser, program) {
  const { studio, visitor, page, enter, end } = stay(browser, program);
  /** @param {'en' | 'zh'} lang */
  const speak = async (lang) => {
    await page().evaluate((lang) => localStorage.setItem('sanjie.lang', lang), lang);
    return (await wordsIn(lang)).models;
  };
  /** A page, and what comes late on it. */
  const PLACES = [
    ['/models', 'tbody tr'],
    ['/models/org/base', 'article h3'],
    ['/models/org/chats', 'dl'],
    ['/models/org/base?tab=tokens', 'main ol li'],
    ['/models/org/labels?tab=tokens', 'main ol li'],
    ['/models/org/chats?tab=next&text=The+end', 'main ol li'],
    ['/models/org/chats?tab=attention&text=The+end', 'svg.large'],
  ];

  const tests = [
    {
      name: 'no models: one action',
      test: async () => {
        await studio.start();
        await enter();
        await visitor().go('/models');
        await visitor().button('Train my first model').waitFor();
        assert.equal(await page().locator('main :is(button, a, input, select)').count(), 1);
        putModels(studio.home);
      },
    },
    {
      name: 'models: listed with their use, and a card that can do nothing',
      test: async () => {
        const words = await speak('en');
        await visitor().go('/models');
        const row = page().locator('tr', { hasText: 'org/chats' });
        await row.getByText(words.use.chats).waitFor();
        assert.equal(
          await row.getByRole('link', { name: words.chat, exact: true }).getAttribute('href'),
          '/chat?model=org%2Fchats',
        );
        const labels = page().locator('tr', { hasText: 'org/labels' });
        assert.equal(await labels.getByRole('link', { name: words.chat, exact: true }).count(), 0);
        await visitor().link('org/base').click();
        await page().waitForURL('**/models/org/base');
        await page().getByText('apache-2.0', { exact: true }).waitFor();
        const card = page().locator('article');
        await card.getByRole('heading', { name: 'A card' }).waitFor();
        assert.match(await card.innerText(), /picture and .*safe/);
        assert.equal(await card.locator('script, img, iframe, [href^="javascript"]').count(), 0);
        assert.equal(await visitor().link('https://hub.example/org/base').getAttribute('rel'), 'noreferrer');
        assert.notEqual(await page().title(), 'taken');
      },
    },
    {
      name: 'models: a text by pieces, deep-linked',
      test: async () => {
        const words = await speak('en');
        await visitor().go('/models/org/base');
        await visitor().link(words.tab.tokens).click();
        await page().locator('textarea').fill('the end');
        // the, a space, e, n, d.
        await page().locator('[role=status]', { hasText: '5 tokens' }).waitFor();
        assert.deepEqual(await page().locator('main ol .piece').allInnerTexts(), ['the', '␣', 'e', 'n', 'd']);
        await page().reload();
        await page().locator('[role=status]', { hasText: '5 tokens' }).waitFor();
        await page().locator('summary').click();
        assert.equal(await page().locator('tbody tr').count(), 5);
      },
    },
    {
      name: 'models: the next token goes on with the text',
      test: async () => {
        await speak('en');
        await visitor().go('/models/org/base?tab=next&text=The+end');
        const choices = page().locator('main ol li');
        await choices.nth(9).waitFor();
        const choice = page().locator('main ol button').first();
        const piece = (await choice.innerText()).replaceAll('␣', ' ').replaceAll('↵', '\n');
        await choice.click();
        assert.equal(await page().locator('textarea').inputValue(), `The end${piece}`);
        assert.equal(await choices.count(), 10);
      },
    },
    {
      name: 'models: chat answers with a published model',
      test: async () => {
        await speak('en');
        await visitor().go('/chat?model=org/chats');
        await page().locator('main textarea').fill('the end');
        await page().keyboard.press('Enter');
        await visitor().answered(1);
      },
    },
    {
      name: 'models: accessible, and no wider than a phone, in both languages',
      test: async () => {
        for (const lang of /** @type {const} */ (['zh', 'en'])) {
          await speak(lang);
          for (const [path = '', late = ''] of PLACES) {
            await visitor().go(path);
            await page().locator(late).first().waitFor();
            for (const summary of await page().locator('main summary').all()) await summary.click();
            await visitor().accessible(`${path} in ${lang}`);
            await visitor().fits(`${path} in ${lang}`);
          }
        }
        assert.deepEqual([visitor().foreign, visitor().errors], [[], []]);
      },
    },
  ];
  return { tests, end };
}
