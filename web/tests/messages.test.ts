// What the type check cannot see: that no sentence is empty, and that Chinese is set as Chinese.
import { describe, expect, test } from 'vitest';
import { en } from '../src/messages/en';
import { zh } from '../src/messages/zh';

/** All sentences by dotted key, filled with a value where they take one. */
function sentences(catalogue: object, value: string, prefix = ''): [string, string][] {
  return Object.entries(catalogue).flatMap(([key, found]): [string, string][] => {
    const path = prefix + key;
    if (typeof found === 'string') return [[path, found]];
    if (typeof found === 'function') return [[path, (found as (...all: string[]) => string)(value, value)]];
    return sentences(found as object, value, `${path}.`);
  });
}

const ENGLISH = sentences(en, '7');
// As the pages fill them: a number, with a unit of Chinese counting.
const CHINESE = sentences(zh, '7 万');

describe('the catalogues', () => {
  test('have the same keys and no empty sentence', () => {
    expect(CHINESE.map(([key]) => key)).toEqual(ENGLISH.map(([key]) => key));
    for (const [key, sentence] of [...ENGLISH, ...CHINESE]) expect(sentence.trim(), key).not.toBe('');
  });

  test('both use the values they are given', () => {
    const chinese = new Map(CHINESE);
    for (const [key, sentence] of ENGLISH) {
      if (sentence.includes('7')) expect(chinese.get(key), key).toContain('7');
    }
  });

  test('one is not several', () => {
    const nouns =
      'minute|step|question|file|entrie|line|place|token|turn|layer|parameter|check|hint|topic|time';
    const wrong = new RegExp(`\\b1 (damaged )?(${nouns})s\\b(?!/)`);
    // Those that always stand with others: a limit, one out of all.
    const many = ['knowledge.tooMany', 'run.guess', 'token.pieces', 'path.built', 'chat.leftOutModel'];
    for (const [key, sentence] of sentences(en, '1')) {
      if (!many.includes(key)) expect(sentence, key).not.toMatch(wrong);
    }
  });

  test('English holds no Chinese characters', () => {
    for (const [key, sentence] of ENGLISH) expect(sentence, key).not.toMatch(/\p{Script=Han}/u);
  });

  test('Chinese is set as Chinese', () => {
    for (const [key, sentence] of CHINESE) {
      const text = sentence.replaceAll(/`[^`]*`/g, '码');
      expect(text, `${key}: half-width punctuation`).not.toMatch(
        /\p{Script=Han} ?[,.;:!?()]|[,;:!?(] ?\p{Script=Han}/u,
      );
      expect(text, `${key}: no space between Chinese and Latin`).not.toMatch(
        /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u,
      );
      expect(text, `${key}: words that belittle`).not.toMatch(/显然|只需|简单地/);
    }
  });
});
