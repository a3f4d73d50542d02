import { expect, test } from 'vitest';
import { isCut, rowsOf } from '../src/lib/matrix';

test('a matrix has rows of rounded numbers with their share of the largest', () => {
  const rows = rowsOf({ shape: [2, 2], values: ['1', '-0.5', '0.333333343', 'NaN'] });
  expect(rows.map(({ cells }) => cells.map(({ text }) => text))).toEqual([
    ['1', '−0.5'],
    ['0.3333', 'nan'],
  ]);
  expect(rows[0]?.cells.map(({ share }) => share)).toEqual([1, -0.5]);
});

test('rows of more than two dimensions carry their index', () => {
  const array = { shape: [2, 2, 1], values: ['1', '2', '3', '4'] };
  expect(rowsOf(array).map(({ label }) => label)).toEqual(['[0, 0]', '[0, 1]', '[1, 0]', '[1, 1]']);
});

test('cells that differ are told from rounding', () => {
  const [row] = rowsOf(
    { shape: [4], values: ['0.5', '0.2500001', 'NaN', 'inf'] },
    { shape: [4], values: ['1', '0.25', '1', 'inf'] },
  );
  expect(row?.cells.map(({ differs }) => differs)).toEqual([true, false, true, false]);
});

test('no numbers make no rows, and too many are cut', () => {
  expect(rowsOf({ shape: [0, 3], values: [] })).toEqual([]);
  expect(isCut({ shape: [1, 20], values: Array<string>(20).fill('0') })).toBe(true);
});
