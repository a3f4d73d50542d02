// A newcomer's first day, in one studio: from the empty first page to a conversation, a comparison and a deletion.
import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TINY } from './studio.js';
import { stay } from './visitor.js';
import { wordsIn } from './words.js';

const WORDS = { en: await wordsIn('en'), zh: await wordsIn('zh') };

/** More steps than any test waits for. */
const ENDLESS = 1_000_000;

/**
 * @param {import('playwright-core').Browser | null} browser @param {string} program
 * @returns {import('./run.js').Group}
 */
export function journey(browser, program) {
  // Data sets are in the data folder or nowhere, and no download gets anywhere.
  const nowhere = { SANJIE_DATA: '', HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };
  const { studio, visitor, page, enter, end } = stay(browser, program, nowhere);
  const words = WORDS.en;
  /** The switch that every page has. */
  const language = () => page().locator('.switches select').first();

  const tests = [
    {
      name: 'the printed address opens a first page with exactly one action',
      test: async () => {
        await studio.start();
        await enter();
        assert.equal(new URL(page().url()).search, '', 'the token left the address');
        assert.equal(await page().locator('main :is(button, a)').count(), 1);
        assert.equal(await visitor().text('main button'), 'Train my first model');
        // How long it takes and what happens meanwhile are said before the click, in both languages.
        for (const { today } of [WORDS.zh, WORDS.en]) {
          await language().selectOption(today === WORDS.zh.today ? 'zh' : 'en');
          await page().getByText(today.firstTime, { exact: true }).waitFor();
          await page().getByText(today.nextPrepare, { exact: true }).waitFor();
        }
      },
    },
    {
      name: 'one click trains the first model and shows it live',
      test: async () => {
        // The recipe as it is takes minutes; what the click sends is made smaller, nothing else.
        await page().route('**/api/runs?*', async (route) => {
          const request = route.request();
          if (request.method() !== 'POST') return route.continue();
          const wanted = request.postDataJSON();
          assert.deepEqual(wanted, { recipe: 'stories', settings: {} });
          // Stories enough that their making can be watched.
          const settings = { ...TINY, 'data.n_documents': 4000, 'train.steps': ENDLESS };
          return route.continue({ postData: JSON.stringify({ ...wanted, settings }) });
        });
        await visitor().button('Train my first model').click();
        await page().waitForURL('**/runs/stories-1');
        await page().unroute('**/api/runs?*');
        // What it does before its first step, as the trainer tells it.
        const stages = page().locator('.preparation li');
        await stages.first().waitFor();
        assert.equal(await stages.count(), 5);
        await page().locator('.preparation [aria-current=step]').waitFor();
        await page().locator('.curve svg').waitFor({ timeout: 60_000 });
        assert.equal(await stages.count(), 0, 'the preparation is over');
        const step = await visitor().step();
        await visitor().stepAfter(step);
        await page()
          .locator('.curve .label', { hasText: /^validation \d/ })
          .waitFor();
        const labels = await page().locator('.curve .label').allTextContents();
        assert.match(labels.join(' '), /training \d\.\d{3}/);
      },
    },
    {
      name: 'samples appear while it learns',
      test: async () => {
        const sample = page().locator('.sample').first();
        await sample.waitFor({ timeout: 60_000 });
        assert((await sample.innerText()).length > 20);
      },
    },
    {
      name: 'a reload and a closed tab lose nothing',
      test: async () => {
        const step = await visitor().step();
        await page().reload();
        await page().locator('.curve svg').waitFor();
        assert((await visitor().step()) >= step);
        await page().close();
        await visitor().open();
        assert.equal(await visitor().text('main h1'), 'Your model is learning');
        await visitor().link('Watch it learn').click();
        await visitor().stepAfter(step);
      },
    },
    {
      name: 'the data of the curve are one click away',
      test: async () => {
        await visitor().button('Show as a table').click();
        await page().locator('table.data tbody tr').nth(5).waitFor();
        await visitor().button('Hide the table').click();
      },
    },
    {
      name: 'an open page survives a restart of the studio',
      test: async () => {
        const { port } = studio;
        const before = await visitor().step();
        await studio.stop();
        await page().getByText('The studio does not answer').waitFor();
        await studio.start(port);
        await page().getByText('This session has ended').waitFor();
        // As the notice says: the new address in another tab, and this one goes on by itself.
        const other = await visitor().context.newPage();
        await other.goto(studio.url);
        await other.close();
        await page().getByText('This session has ended').waitFor({ state: 'hidden' });
        const after = await visitor().stepAfter(before);
        await visitor().stepAfter(after);
      },
    },
    {
      name: 'stopping saves, and the run goes on from there',
      test: async () => {
        await visitor().button('Stop and save').click();
        await page().getByText('stopped, saved').waitFor();
        const stopped = await visitor().step();
        const { checkpoints } = await studio.api('/api/runs/stories-1');
        assert.equal(checkpoints.at(-1), stopped);
        // It is no model that is ready: where it stands and what can be done are said here, at home and in the chat.
        const [step, steps] = [stopped.toLocaleString('en'), ENDLESS.toLocaleString('en')];
        await page().getByText(words.run.stopped(step, steps), { exact: true }).waitFor();
        await visitor().go('/');
        assert.equal(await visitor().text('main h1'), words.today.partWayTitle);
        await page().getByText(words.run.stopped(step, steps), { exact: true }).waitFor();
        // What comes next in the course is one click away from here, too.
        await visitor().link(words.path.begin).waitFor();
        await visitor().link(words.today.talkAsIs).click();
        await page().getByText(words.chat.partWay(step, steps)).waitFor();
        await page().goBack();
        await visitor().link(words.today.goOn).click();
        await page().waitForURL('**/runs/stories-1?resume');
        await visitor().button('Go on').click();
        await page().getByText('training', { exact: true }).first().waitFor();
        await visitor().stepAfter(stopped);
        await visitor().button('Stop and save').click();
        await page().getByText('stopped, saved').waitFor();
      },
    },
    {
      name: 'the form shows the trainer’s refusal and keeps what was typed',
      test: async () => {
        await visitor().link('Runs').click();
        await visitor().link('Start a run').click();
        await page().getByLabel('Steps', { exact: true }).fill('120');
        await page().getByText('All other settings').click();
        await page().getByLabel(words.start.profile).check();
        for (const [key, value] of Object.entries({ ...TINY, 'model.max_seq_len': 256 })) {
          const name = key === 'train.batch_size' ? 'Batch size' : key;
          await page().getByLabel(name, { exact: true }).fill(String(value));
        }
        await page().getByLabel('model.n_heads', { exact: true }).fill('3');
        await visitor().button('Start training').click();
        assert.match(await visitor().text('[role=alert]'), /32 .* 3 /);
        assert.equal(await page().getByLabel('Steps', { exact: true }).inputValue(), '120');
        await page().getByLabel('model.n_heads', { exact: true }).fill('2');
        await visitor().button('Start training').click();
        await page().waitForURL('**/runs/stories-2');
        await page().getByText('finished').waitFor({ timeout: 120_000 });
      },
    },
    {
      name: 'a run that measured shows where its time went',
      test: async () => {
        await page().getByText(words.profile.title, { exact: true }).click();
        const tables = page().locator('details[open] table');
        await tables.nth(1).waitFor();
        assert.equal(await tables.first().locator('tbody tr').count(), 7);
        const linear = tables.nth(1).locator('tbody tr', { hasText: 'Linear' }).first();
        const [calls, forward, backward, flops, bytes] = await linear.locator('td').allInnerTexts();
        for (const value of [calls, forward, backward, flops, bytes])
          assert(Number(value) > 0, `${value} of Linear`);
        const layers = await tables.nth(2).locator('tbody th').allInnerTexts();
        assert.equal(layers.length, TINY['model.n_layers'] + 2, `layers: ${layers}`);
        await page()
          .getByRole('img', { name: /Memory over the time/ })
          .waitFor();
        const [trace] = await Promise.all([
          page().waitForEvent('download'),
          visitor().link(words.profile.trace).click(),
        ]);
        assert.equal(trace.suggestedFilename(), 'stories-2-trace.json');
        const { traceEvents } = JSON.parse(readFileSync(await trace.path(), 'utf8'));
        assert(
          traceEvents.some(
            (/** @type {{ name: string, cat: string }} */ { name, cat }) =>
              name === 'block 0' && cat === 'layer',
          ),
          'block 0 in the trace',
        );
        await visitor().accessible('a profile');
        await visitor().fits('a profile');
        // Another one did not.
        await visitor().go('/runs/stories-1');
        await page().getByText(words.profile.title, { exact: true }).click();
        await page().getByText('This run did not measure it.').waitFor();
        await visitor().go('/runs/stories-2');
      },
    },
    {
      name: 'a finished run goes further',
      test: async () => {
        await visitor().button('Go on training').click();
        await page().getByLabel('Until step').fill('140');
        await visitor().button('Go on').click();
        await studio.until('stories-2', (run) => run.state === 'finished' && run.step === 140);
        await page().getByText('of 140 steps').waitFor();
        await page().getByText('finished').waitFor();
        const says = await page().locator('main').innerText();
        assert(!/It failed|It was stopped|vanished/.test(says), says);
      },
    },
    {
      name: 'one click leads to the chat, and tokens stream with their alternatives',
      test: async () => {
        await visitor().link('Talk to it').click();
        await page().waitForURL('**/chat?model=stories-2');
        await page().getByLabel('Your message').fill('Tell me a story about Ben and Zoe.');
        await page().keyboard.press('Enter');
        await visitor().answered(4);
        await page().locator('[data-token]').nth(2).hover();
        assert((await page().locator('[role=tooltip] .candidate').count()) >= 5);
        // The legend says what tint and line mean; the kinds differ without colour, too.
        const kinds = page().locator('.legend .tinted');
        assert.deepEqual(await kinds.allInnerTexts(), Object.values(words.token.likelihood));
        const lines = await kinds.evaluateAll((all) =>
          all.map((one) => {
            const { textDecorationLine, textDecorationStyle } = getComputedStyle(one);
            return `${textDecorationLine} ${textDecorationStyle}`;
          }),
        );
        assert.equal(new Set(lines).size, 3, lines.join(', '));
        const shares = await page().locator('[role=tooltip] .value').allInnerTexts();
        assert(
          shares.every((share) => /^(< )?\d+(\.\d)? %$/.test(share)),
          shares.join(),
        );
      },
    },
    {
      name: 'the drawer shows the rendered prompt, and a seed repeats an answer',
      test: async () => {
        await visitor().button('Settings and prompt').click();
        assert.match(
          await visitor().text('aside pre'),
          /<\|user\|>Tell me a story about Ben and Zoe\.<\|end\|>/,
        );
        await page().getByLabel('Longest answer, in tokens').fill('20');
        const answer = async () => {
          await visitor().button('Answer again').click();
          await visitor().button('Answer again').waitFor();
          return visitor().text('article.model .said');
        };
        // Not every seed makes so young a model say anything.
        let said = '';
        for (let seed = 1; seed <= 20 && said === ''; seed++) {
          await page().getByLabel('Seed', { exact: true }).fill(String(seed));
          said = await answer();
        }
        assert.notEqual(said, '', 'no seed of 20 gives an answer');
        assert.equal(await answer(), said);
        await visitor().button('Close').click();
      },
    },
    {
      name: 'a reload keeps the conversation and what is being typed',
      test: async () => {
        const answer = await visitor().text('article.model .said');
        await page().getByLabel('Your message').fill('And then?');
        await page().reload();
        await page().locator('[data-token]').first().waitFor();
        assert.equal(await visitor().text('article.model .said'), answer);
        assert.equal(await page().getByLabel('Your message').inputValue(), 'And then?');
      },
    },
    {
      name: 'a base model continues text',
      test: async () => {
        const text = join(studio.home, 'text.txt');
        writeFileSync(text, 'the cat sat on the mat and looked at the moon.\n'.repeat(400));
        await visitor().go('/start?recipe=shakespeare-tiny');
        await page().getByLabel('Text to learn from').fill(text);
        await page().getByLabel('Steps', { exact: true }).fill('10');
        await page().getByLabel('Batch size').fill('1');
        await page().getByText('All other settings').click();
        await page().getByLabel('model.max_seq_len', { exact: true }).fill('256');
        await visitor().button('Start training').click();
        await page().waitForURL('**/runs/shakespeare-tiny-1');
        await page().getByText('finished').waitFor({ timeout: 120_000 });
        await visitor().link('Talk to it').click();
        await page().getByLabel('Text to continue').fill('the cat');
        await visitor().button('Continue').click();
        await visitor().button('Answer again').waitFor({ timeout: 60_000 });
        const before = (await visitor().text('.running')).length;
        await visitor().button('Continue').click();
        await page().waitForFunction(
          (before) => (document.querySelector('.running')?.textContent ?? '').length > before,
          before,
        );
        await visitor().button('Answer again').waitFor({ timeout: 60_000 });
        assert.match(await visitor().text('.running'), /^the cat/);
      },
    },
    {
      name: 'the newest model is not chosen for a text that it cannot read, and the page says why',
      test: async () => {
        // Its text is a line of few letters: neither English nor Chinese can begin as people do.
        for (const lang of /** @type {const} */ (['zh', 'en'])) {
          const { chat } = WORDS[lang];
          await language().selectOption(lang);
          await visitor().go('/chat');
          await page().getByLabel(chat.messageLabel).waitFor();
          assert.equal(await page().locator('.chat header select').inputValue(), 'stories-2');
          await page().getByText(chat.leftOutModel('shakespeare-tiny-1', '').slice(0, 30)).waitFor();
        }
        // Chosen by hand it says what it reads, and nothing is sent that it cannot.
        await page().locator('.chat header select').selectOption('shakespeare-tiny-1');
        const text = page().getByLabel('Text to continue');
        await text.fill('the 猫');
        await page().getByText(words.chat.unreadable('猫')).waitFor();
        assert(await visitor().button('Continue').isDisabled());
        await text.fill('the cat');
        await page().getByText(words.chat.unreadable('猫')).waitFor({ state: 'detached' });
        assert(await visitor().button('Continue').isEnabled());
        await visitor().accessible('/chat with a model of characters');
        await visitor().fits('/chat with a model of characters');
        await text.fill('');
      },
    },
    {
      name: 'a recipe whose text is missing says so, and leaves no failed run',
      test: async () => {
        const runs = (await studio.api('/api/runs')).length;
        await visitor().go('/start?recipe=shakespeare-tiny');
        const card = page().locator('section.card');
        await card.getByText(words.start.dataset.title, { exact: true }).waitFor();
        assert.match(
          await card.innerText(),
          /1\.1 MB from raw\.githubusercontent\.com.*Licence: public domain/,
        );
        assert(await visitor().button('Start training').isDisabled());
        await visitor().accessible('/start without the text');
        await visitor().fits('/start without the text');
        // No network here: the refusal says what else can be done, and nothing has begun.
        await visitor().button(words.start.dataset.fetch).click();
        await page().getByRole('alert').getByText('--from FILE').waitFor({ timeout: 60_000 });
        // A text of one's own will do; what was typed is kept when the list of recipes is told again.
        await page().getByLabel('Steps', { exact: true }).fill('7');
        await page().getByLabel('Text to learn from').fill(studio.home);
        assert(await visitor().button('Start training').isEnabled());
        await page().getByLabel('Text to learn from').fill('');
        mkdirSync(join(studio.home, 'data/tinyshakespeare'), { recursive: true });
        writeFileSync(join(studio.home, 'data/tinyshakespeare/input.txt'), 'To be, or not to be');
        await language().selectOption('zh');
        await card.waitFor({ state: 'detached' });
        await language().selectOption('en');
        assert.equal(await page().getByLabel('Steps', { exact: true }).inputValue(), '7');
        assert.equal((await studio.api('/api/runs')).length, runs, 'runs are as many as before');
      },
    },
    {
      name: 'a failed run leads to its cause',
      test: async () => {
        const empty = join(studio.home, 'empty.txt');
        writeFileSync(empty, '');
        const { id } = await studio.api('/api/runs', {
          method: 'POST',
          body: JSON.stringify({ recipe: 'shakespeare-tiny', settings: {}, data: empty }),
        });
        await studio.until(id, (run) => run.state === 'failed');
        await visitor().go('/runs');
        await page().getByRole('link', { name: words.failure.why }).click();
        await page().waitForURL(`**/runs/${id}`);
        await page().getByRole('alert').getByText('empty.txt holds no text').waitFor();
        await studio.api(`/api/runs/${id}`, { method: 'DELETE', body: JSON.stringify({ confirm: id }) });
      },
    },
    {
      name: 'stopping an answer keeps what came, and the model is free again',
      test: async () => {
        await visitor().go('/chat?model=shakespeare-tiny-1');
        await visitor().button('Settings and prompt').click();
        await page().getByLabel('Longest answer, in tokens').fill('900');
        await visitor().button('Close').click();
        // Whatever the machine, a small model would be done before a button is pressed: of each answer the page hears five
        // tokens, and then nothing more. It presses the button itself, and asks for more when an answer was shorter.
        const tokens = await page().evaluate(async () => {
          const fast = window.fetch;
          window.fetch = async (...request) => {
            const response = await fast(...request);
            if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
            // As the body of a request that is aborted ends.
            const { signal } = request[1] ?? {};
            const stopped = new Promise((_, end) =>
              signal?.addEventListener('abort', () => end(signal.reason)),
            );
            stopped.catch(() => undefined);
            let text = '';
            let nTokens = 0;
            /** @type {Transformer<string, string>} */
            const five = {
              async transform(piece, events) {
                const ended = (text + piece).split('\n\n');
                text = ended.pop() ?? '';
                for (const event of ended) {
                  if (nTokens === 5) await stopped;
                  events.enqueue(`${event}\n\n`);
                  if (event.includes('event: token')) nTokens += 1;
                }
              },
            };
            const begun = response.body
              ?.pipeThrough(new TextDecoderStream())
              .pipeThrough(new TransformStream(five))
              .pipeThrough(new TextEncoderStream());
            return new Response(begun, response);
          };
          const count = () => document.querySelectorAll('[data-token]').length;
          const find = (/** @type {string} */ name) =>
            [...document.querySelectorAll('button')].find(({ textContent }) => textContent?.trim() === name);
          const frame = () => new Promise(requestAnimationFrame);
          try {
            for (let i = 0; i < 40; i++) {
              const before = count();
              document.querySelector('form')?.requestSubmit();
              do {
                await frame();
                const stop = find('Stop');
                if (stop && count() >= before + 5) {
                  stop.click();
                  return count();
                }
              } while (!find('Answer again'));
            }
            return 0;
          } finally {
            window.fetch = fast;
          }
        });
        assert(tokens > 0, 'no answer of 40 had five tokens');
        await page().getByText('You stopped it.').waitFor();
        assert((await page().locator('[data-token]').count()) >= tokens);
        await page().getByLabel('Text to continue').fill(' and');
        await page().keyboard.press('Enter');
        await visitor().button('Answer again').waitFor({ timeout: 60_000 });
      },
    },
    {
      name: 'runs are compared by a link that can be kept',
      test: async () => {
        await visitor().go('/runs');
        await page().getByLabel('Compare stories-1').check();
        await page().getByLabel('Compare stories-2').check();
        await visitor().link('Compare 2 runs').click();
        assert.match(page().url(), /\/compare\?runs=stories-[12],stories-[12]$/);
        await page().reload();
        await page().locator('.curve svg').waitFor();
        const labels = (await page().locator('.curve .label').allTextContents()).join(' ');
        assert(labels.includes('stories-1') && labels.includes('stories-2'), labels);
        await page().getByRole('rowheader', { name: 'train.steps' }).waitFor();
      },
    },
    {
      name: 'the keyboard alone is enough',
      test: async () => {
        await visitor().go('/');
        /** @param {string} name @param {string} [key] */
        const tabTo = async (name, key = 'Tab') => {
          for (let i = 0; i < 40; i++) {
            await page().keyboard.press(key);
            const focused = await page().evaluate(
              () =>
                document.activeElement?.getAttribute('aria-label') ??
                document.activeElement?.textContent?.trim(),
            );
            if (focused?.startsWith(name)) return;
          }
          assert.fail(`Tab does not reach ${name}`);
        };
        await tabTo('Chat');
        await page().keyboard.press('Enter');
        await page().waitForURL('**/chat');
        // The model that goes on with any beginning stands above the one that was chosen by itself.
        await page().getByRole('combobox', { name: 'Model' }).focus();
        await page().keyboard.press('ArrowUp');
        await page().waitForURL('**/chat?model=shakespeare-tiny-1');
        await tabTo('Text to continue');
        await page().keyboard.type('the mat');
        await page().keyboard.press('Enter');
        await visitor().button('Answer again').waitFor({ timeout: 60_000 });
        await page().locator('body').press('Home');
        await page().getByRole('combobox', { name: 'Model' }).focus();
        for (let i = 0; i < 10 && !(await page().locator('[role=tooltip]').isVisible()); i++) {
          await page().keyboard.press('Tab');
        }
        const first = await visitor().text('[role=tooltip]');
        await page().keyboard.press('ArrowRight');
        await page().keyboard.press('ArrowRight');
        assert.notEqual(await visitor().text('[role=tooltip]'), first);
        await page().keyboard.press('Escape');
        assert.equal(await page().locator('[role=tooltip]').count(), 0);
      },
    },
    {
      name: 'deleting asks for the name',
      test: async () => {
        await visitor().go('/runs/stories-1');
        await page().getByText('Delete this run').click();
        assert(await visitor().button('Delete for good').isDisabled());
        await page().getByLabel('Type stories-1 to confirm').fill('stories-1');
        await visitor().button('Delete for good').click();
        await page().waitForURL('**/runs');
        await visitor().link('stories-2').waitFor();
        assert.equal(await visitor().link('stories-1').count(), 0);
        await visitor().go('/runs/stories-1');
        await page().getByText('no longer there').waitFor();
      },
    },
    {
      name: 'nothing left the machine and no page reported an error',
      test: async () => visitor().check(),
    },
  ];
  return { tests, end };
}
