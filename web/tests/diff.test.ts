import { expect, test } from 'vitest';
import { diffLines } from '../src/lib/diff';

const marks = { same: ' ', gone: '-', new: '+' };
const told = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, text, number }) => `${marks[kind]}${number} ${text}`);

test.each([
  ['a\nb\nc\n', 'a\nc\n', [' 1 a', '-2 b', ' 3 c']],
  ['a\nc', 'a\nb\nc', [' 1 a', '+2 b', ' 2 c']],
  ['a\n', 'b\n', ['-1 a', '+1 b']],
  ['same\n', 'same\n', [' 1 same']],
])('from %j to %j', (before, after, expected) => expect(told(before, after)).toEqual(expected));
