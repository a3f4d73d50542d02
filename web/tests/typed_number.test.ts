import { expect, test } from 'vitest';
import { typedNumber } from '../src/lib/typed_number';

test.each([
  ['0.5', 0.5],
  ['0,5', 0.5],
  [' .5 ', 0.5],
  ['3.', 3],
  ['1/2', 0.5],
  ['-3 / 4', -0.75],
  ['−3', -3],
  ['1.5/0,5', 3],
  ['1e-3', 0.001],
  ['１／２', 0.5],
  ['0。5', 0.5],
  ['0，5', 0.5],
])('%j is a number', (text, value) => expect(typedNumber(text)).toBe(value));

test.each(['', ' ', '/', '1/', '1/2/3', '1/0', '0x10', 'Infinity', 'half', '1,234.5', '1 2'])(
  '%j is none',
  (text) => expect(typedNumber(text)).toBeNull(),
);
