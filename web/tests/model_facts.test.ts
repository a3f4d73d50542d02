import { expect, test } from 'vitest';
import { hex, writes } from '../src/lib/model_facts';

test('bytes are written as programmers do', () => {
  expect(hex([0xe4, 0xb8, 0x89, 10])).toBe('E4 B8 89 0A');
  expect(hex([])).toBe('');
});

test('only models that write can be talked to', () => {
  expect(writes({ does: 'chats' })).toBe(true);
  expect(writes({ does: 'continues' })).toBe(true);
  expect(writes({ does: 'vectors' })).toBe(false);
  expect(writes({ does: null })).toBe(false);
});
