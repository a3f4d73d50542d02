import { expect, test } from 'vitest';
import type { LogLine } from '../src/lib/api';
import { withoutRepeats } from '../src/lib/log';

/** Oldest first: a step's letter, in capitals where it passed; `-` is no attempt. */
function shown(history: string): string {
  const lines = [...history].map((letter, at): LogLine => {
    const attempt = { kind: 'attempt', passed: letter !== letter.toLowerCase() };
    const about = letter === '-' ? { kind: 'hint', passed: null } : attempt;
    return { at, place: 'lab', part: letter.toLowerCase(), amount: null, ...about };
  });
  const left = withoutRepeats(lines.reverse()).reverse();
  return left.map(({ at }) => history[at]).join('');
}

test.each([
  ['', ''],
  ['aA', 'aA'],
  // Each check judges the steps that passed before again.
  ['aABabAbABBAB', 'aABabAbB'],
  ['AaA', 'AaA'],
  ['A-A--A', 'A---'],
])('%j is shown as %j', (history, expected) => expect(shown(history)).toBe(expected));
