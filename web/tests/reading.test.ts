import { expect, test } from 'vitest';
import type { RunState } from '../src/lib/api';
import { beginning, few, newestReader, unreadable } from '../src/lib/reading';

const own = { state: 'finished' as RunState, is_published: false };
const letters = { id: 'letters', alphabet: ' abcdeno' as string | null, ...own };
const all = { ...letters, id: 'all', alphabet: null };
const stopped = { ...all, id: 'stopped', state: 'interrupted' as RunState };
const published = { ...all, id: 'published', is_published: true };

test('a model of characters reads its own and no others', () => {
  expect(unreadable(letters, 'a bean')).toEqual([]);
  expect(unreadable(letters, '三阶三 a!')).toEqual(['三', '阶', '!']);
  // A character beyond 16 bits is one character.
  expect(unreadable({ alphabet: '😀' }, '😀𝒳')).toEqual(['𝒳']);
  expect(unreadable(all, '三阶')).toEqual([]);
});

test('a text to begin with is one that the model can read', () => {
  expect(beginning(letters, ['小猫', 'a bean', 'an ocean'])).toBe('a bean');
  expect(beginning(letters, ['小猫', 'A cab!'])).toBe('cab');
  expect(beginning(letters, ['小猫'])).toBe(' abcdeno');
  expect(beginning(all, ['小猫', 'a bean'])).toBe('小猫');
});

test('the newest model that can read the text is taken, and newer ones are named', () => {
  const zh = () => '请讲';
  expect(newestReader([letters, all], zh)).toEqual({ model: all, leftOut: [letters] });
  expect(newestReader([all, letters], zh)).toEqual({ model: all, leftOut: [] });
  // Where none can, nothing speaks for another than the newest.
  expect(newestReader([letters], zh)).toEqual({ model: letters, leftOut: [] });
  expect(newestReader([], zh)).toEqual({ model: undefined, leftOut: [] });
  // Models may be asked different texts.
  expect(newestReader([letters, all], (model) => (model === letters ? 'a bean' : '请')).model).toBe(letters);
});

test('a model that has learned out goes before newer ones that have not', () => {
  const chosen = (...models: (typeof letters)[]) => {
    const { model, leftOut } = newestReader(models, () => 'a bean');
    return [model?.id, leftOut.map(({ id }) => id)];
  };
  expect(chosen(stopped, all)).toEqual(['all', []]);
  expect(chosen({ ...stopped, state: 'failed' }, letters, all)).toEqual(['letters', []]);
  expect(chosen({ ...letters, alphabet: '' }, stopped, all)).toEqual(['all', ['letters']]);
  // One's own goes before what others made, learned out or not.
  expect(chosen(stopped, published)).toEqual(['stopped', []]);
  expect(chosen(published)).toEqual(['published', []]);
});

test('a few characters are named so that each can be seen', () => {
  expect(few([' ', '\n', 'a'])).toBe('␣ ↵ a');
  expect(few(['a', 'b', 'c'], 2)).toBe('a b …');
});
