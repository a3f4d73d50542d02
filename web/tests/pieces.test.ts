import { expect, test } from 'vitest';
import type { Token } from '../src/lib/api';
import { likelihood, LIKELIHOODS, pieces, tint } from '../src/lib/pieces';

const token = (text: string, probability: number, first = text): Token => ({
  text,
  id: 1,
  logprob: Math.log(probability),
  alternatives: [{ text: first, id: 1, logprob: 0 }],
});

test('tokens of one character form one piece', () => {
  const found = pieces([token('a', 0.5), token('', 0.5, 'first'), token('三', 0.25, 'last'), token('b', 1)]);
  expect(found.map(({ text, nTokens }) => [text, nTokens])).toEqual([
    ['a', 1],
    ['三', 2],
    ['b', 1],
  ]);
  expect(found[1]?.probability).toBeCloseTo(0.125);
  expect(found[1]?.candidates[0]?.text).toBe('first');
});

test('a character that is not complete yet is not shown', () => {
  expect(pieces([token('a', 1), token('', 1)]).map(({ text }) => text)).toEqual(['a']);
});

test('the line under a token and its tint tell the same', () => {
  expect([1, 0.5, 0.49, 0.1, 0.09, 0].map(likelihood)).toEqual([
    'likely',
    'likely',
    'open',
    'open',
    'rare',
    'rare',
  ]);
  expect(LIKELIHOODS.map(({ example }) => likelihood(example))).toEqual(LIKELIHOODS.map(({ name }) => name));
  const tints = LIKELIHOODS.map(({ example }) => parseInt(tint(example), 10));
  expect(tints).toEqual([...tints].sort((a, b) => a - b));
  expect(tint(1)).toBe('0%');
});
