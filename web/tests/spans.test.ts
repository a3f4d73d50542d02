import { expect, test } from 'vitest';
import { namesIn } from '../src/lib/names';
import { Bytes } from '../src/lib/spans';

const told = (bytes: Bytes, from: number, to: number, ranges: [number, number][]) =>
  bytes.pieces(from, to, ranges).map(({ text, marked }) => (marked ? `[${text}]` : text));

test('bytes of UTF-8, whatever the characters', () => {
  const bytes = new Bytes('a茶é😀z');
  expect(bytes.end).toBe(11);
  expect(bytes.slice(1, 4)).toBe('茶');
  expect(bytes.slice(4, 10)).toBe('é😀');
  expect(bytes.slice(0, 999)).toBe('a茶é😀z');
});

test('a part of a text keeps the places of the whole', () => {
  const part = new Bytes('茶叶', 100);
  expect([part.slice(103, 106), part.slice(0, 103), part.slice(200, 300)]).toEqual(['叶', '茶', '']);
});

test('what lies in a range is marked', () => {
  const bytes = new Bytes('green 茶 leaves');
  expect(told(bytes, 0, 16, [[6, 9]])).toEqual(['green ', '[茶]', ' leaves']);
  expect(told(bytes, 0, 16, [])).toEqual(['green 茶 leaves']);
  expect(
    told(bytes, 6, 12, [
      [0, 7],
      [11, 40],
    ]).join('|'),
  ).toContain('[');
  expect(told(bytes, 0, 5, [[0, 5]])).toEqual(['[green]']);
  expect(told(bytes, 10, 16, [[0, 5]])).toEqual(['leaves']);
});

test('names are separated by commas of either language', () => {
  expect(namesIn(' hr, it，财务、 ')).toEqual(['hr', 'it', '财务']);
});
