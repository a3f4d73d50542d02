// An author and their topic: the page follows the files, says what is wrong with them, and keeps showing what loaded last.
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stay } from './visitor.js';
import { wordsIn } from './words.js';

const WORDS = await wordsIn('en');

/**
 * @param {import('playwright-core').Browser | null} browser @param {string} program
 * @returns {import('./run.js').Group}
 */
export const author = (browser, program) => {
  const { studio, visitor, enter, end } = stay(browser, program);
  const folder = join(studio.home, 'mine');
  const file = (/** @type {string} */ name) => join(folder, name);
  /** @param {string} name @param {string} before @param {string} after */
  const change = (name, before, after) => {
    const text = readFileSync(file(name), 'utf8');
    assert(text.includes(before), `${name} has no ${before}`);
    writeFileSync(file(name), text.replaceAll(before, after));
  };
  const saying = (/** @type {string} */ text) => visitor().page.getByText(text).first().waitFor();

  const tests = [
    {
      name: 'author: a new topic opens with what is still to be written',
      test: async () => {
        const named = ['dev', 'new-topic', 'pairs', '--curriculum', folder];
        execFileSync(program, named, { stdio: 'ignore' });
        await studio.start(0, ['dev', 'preview', 'pairs', '--curriculum', folder]);
        await enter();
        await saying('TODO(author): one sentence');
        assert.equal(new URL(visitor().page.url()).pathname, '/path/pairs');
        await saying('sanjie dev check');
        await visitor().accessible('the preview');
        await visitor().fits('the preview');
      },
    },
    {
      name: 'author: a saved file shows at once',
      test: async () => {
        change('graph.toml', 'TODO(author): the title', 'Turning pairs');
        await visitor().page.getByRole('heading', { name: 'Turning pairs', level: 1 }).waitFor();
        change('pairs/lesson.en.md', 'TODO(author): what happens here', 'Two numbers turn together');
        await saying('Two numbers turn together');
      },
    },
    {
      name: 'author: a file that does not load is told, and the page stays',
      test: async () => {
        change('pairs/topic.toml', 'minutes', 'minuets');
        const alert = visitor().page.getByRole('alert');
        await alert.getByText(WORDS.preview.fault).waitFor();
        assert.match(await alert.innerText(), /topic\.toml, line 3: unknown key minuets/);
        await saying('Two numbers turn together');
        await visitor().accessible('the preview');
        await visitor().fits('the preview');
        change('pairs/topic.toml', 'minuets', 'minutes');
        await alert.waitFor({ state: 'detached' });
        visitor().check();
      },
    },
  ];
  return { tests, end };
};
