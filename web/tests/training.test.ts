import { describe, expect, test } from 'vitest';
import type { Metric, Run } from '../src/lib/api';
import {
  differences,
  secondsLeft,
  smoothed,
  speed,
  thinned,
  trainingLoss,
  validationLoss,
} from '../src/lib/training';
import { evenTicks, lossTicks, spread } from '../src/lib/curve';

const metric = (step: number, more: Partial<Metric> = {}): Metric => ({
  step,
  loss: 1 / step,
  lr: 1e-3,
  grad_norm: 1,
  tokens: step * 10,
  tokens_per_s: 100,
  elapsed_s: step * 2,
  ...more,
});
const metrics = Array.from({ length: 100 }, (_, i) => metric(i + 1));

describe('what the numbers of a run say', () => {
  test('a loss that is no number leaves a gap', () => {
    expect(trainingLoss([metric(1), metric(2, { loss: null })])).toEqual([{ step: 1, loss: 1 }]);
    expect(validationLoss([metric(1), metric(2, { val_loss: 0.5 })])).toEqual([{ step: 2, loss: 0.5 }]);
  });

  test('the mean is over the last 20 steps, or as many as there are', () => {
    const line = smoothed(Array.from({ length: 30 }, (_, i) => ({ step: i + 1, loss: i })));
    expect(line[1]?.loss).toBe(0.5);
    expect(line[29]?.loss).toBeCloseTo((10 + 29) / 2);
  });

  test('thinning keeps the first and the last point', () => {
    const kept = thinned(metrics, 30);
    expect(kept.length).toBeLessThanOrEqual(30);
    expect([kept[0]?.step, kept.at(-1)?.step]).toEqual([1, 100]);
    expect(thinned(metrics, 100)).toBe(metrics);
  });

  test('time left is told at the pace so far', () => {
    const run = { state: 'running', step: 100, steps: 150, last: metric(100) } as Run;
    expect(secondsLeft(run)).toBe(100);
    expect(secondsLeft({ ...run, state: 'interrupted' })).toBeNull();
    expect(secondsLeft({ ...run, step: 0, last: null })).toBeNull();
    expect(secondsLeft({ ...run, step: 160, last: metric(160) })).toBe(0);
    expect(speed(metrics)).toBe(100);
    expect(speed([])).toBeNull();
  });

  test('only settings that differ are compared', () => {
    const run = (settings: Run['settings']) => ({ settings }) as Run;
    const found = differences([run({ a: 1, b: 2 }), run({ a: 1, b: 3, c: true })]);
    expect(found).toEqual([
      { key: 'b', values: [2, 3] },
      { key: 'c', values: [undefined, true] },
    ]);
  });
});

describe('the chart', () => {
  test('has few round numbers on its axes', () => {
    expect(lossTicks(0.29, 6)).toEqual([0.3, 0.5, 1, 1.5, 2, 3, 4, 6]);
    expect(lossTicks(4.3, 6.1)).toEqual([4.5, 5, 5.5, 6]);
    expect(evenTicks(0, 3000, 4)).toEqual([0, 1000, 2000, 3000]);
  });

  test('moves labels apart and keeps them inside', () => {
    const placed = spread([{ y: 100 }, { y: 98 }, { y: 99 }], 110).map(({ y }) => y);
    expect(placed).toEqual([78, 94, 110]);
    expect(spread([{ y: 20 }, { y: 80 }], 110).map(({ y }) => y)).toEqual([20, 80]);
  });
});
