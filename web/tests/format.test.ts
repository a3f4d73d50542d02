import { describe, expect, test } from 'vitest';
import { ago, count, duration, fileSize, percent, setting, size, steps, visible } from '../src/lib/format';

describe('numbers as people write them', () => {
  test('several steps', () =>
    expect([steps('en', [40, 1060]), steps('zh', [40, 1060])]).toEqual(['40 and 1,060', '40和1,060']));

  test.each([
    [0, '0 %'],
    [0.0004, '< 0.1 %'],
    [0.004, '0.4 %'],
    [0.62, '62 %'],
    [0.9996, '99 %'],
    [1, '100 %'],
  ])('the probability %s is %s', (probability, text) => expect(percent(probability)).toBe(text));

  test.each([
    [4, '4 s', '4 秒'],
    [190, '3 min 10 s', '3 分 10 秒'],
    [1500, '25 min', '25 分'],
    [3720, '1 h 2 min', '1 小时 2 分'],
    [-1, '0 s', '0 秒'],
  ])('%s seconds', (seconds, en, zh) => {
    expect(duration('en', seconds)).toBe(en);
    expect(duration('zh', seconds)).toBe(zh);
  });

  test.each([
    [9000, '9,000', '9,000 个'],
    [26_624, '27 thousand', '2.7 万'],
    [1_900_000, '1.9 million', '190 万'],
    [124_000_000, '124 million', '1.2 亿'],
  ])('%s parameters', (n, en, zh) => {
    expect(size('en', n)).toBe(en);
    expect(size('zh', n)).toBe(zh);
  });

  test('steps, settings, times, tokens', () => {
    expect(count('en', 31_400.4)).toBe('31,400');
    expect(setting(0.0003)).toBe('3e-4');
    expect(setting(0.002)).toBe('0.002');
    expect(setting(true)).toBe('true');
    expect(ago('en', 1000, 1000 + 7200)).toBe('2 hours ago');
    expect(ago('zh', 1000, 1000 + 7200)).toBe('2小时前');
    expect(visible(' a\n')).toBe('␣a↵');
    expect(visible('\u0000\u0013\u007f')).toBe('␀␓␡');
  });
});

test('bytes stand in the unit that shows them', () => {
  expect([12, 1_500, 99_999, 134_000, 999_999, 2e8].map(fileSize)).toEqual([
    '12 B',
    '1.5 kB',
    '100 kB',
    '134 kB',
    '1.0 MB',
    '200 MB',
  ]);
});
