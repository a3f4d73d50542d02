import { expect, test } from 'vitest';
import type { Looked } from '../src/lib/api';
import { placeIn, rowOf, strongest, tokenText } from '../src/lib/attention';

const looked: Looked = {
  tokens: ['a', ' b', ''],
  left_out_tokens: 0,
  n_layers: 1,
  n_heads: 2,
  heads: [
    [1000, 400, 600, 5, 295, 700],
    [1000, 1000, 0, 100, 200, 700],
  ],
};

test('a row holds the weights up to its own token', () => {
  expect(rowOf(looked, { layer: 0, head: 0, query: 0 })).toEqual([1]);
  expect(rowOf(looked, { layer: 0, head: 1, query: 2 })).toEqual([0.1, 0.2, 0.7]);
});

test('the strongest come first, those near nothing not at all', () => {
  const row = rowOf(looked, { layer: 0, head: 0, query: 2 });
  expect(strongest(row, 3).map(({ key }) => key)).toEqual([2, 1]);
  expect(strongest(row, 1).map(({ key }) => key)).toEqual([2]);
});

test('a place that is not there gives the nearest, the last token if none is wanted', () => {
  expect(placeIn(looked, { layer: 4, head: -1 })).toEqual({ layer: 0, head: 0, query: 2 });
  expect(placeIn(looked, { layer: NaN, head: 1, query: 1 })).toEqual({ layer: 0, head: 1, query: 1 });
});

test('every token can be seen', () => {
  expect(looked.tokens.map(tokenText)).toEqual(['a', '␣b', '…']);
});
