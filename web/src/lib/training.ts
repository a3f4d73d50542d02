// What a run's numbers say: smoothed loss, speed, time left.
import type { Metric, Run } from './api';

/** Steps that the strong line and the loss in figures average over. */
const SMOOTH_STEPS = 20;
/** Steps that speed is judged by: long enough to be calm, short enough to follow a change. */
const RECENT_STEPS = 50;

export interface Point {
  step: number;
  loss: number;
}

/** Whether a process works on the run. */
export function isBusy(run: Run): boolean {
  return run.state === 'starting' || run.state === 'running';
}

/** The losses of the steps that have one. */
export function trainingLoss(metrics: Metric[]): Point[] {
  return metrics.flatMap(({ step, loss }) => (loss === null ? [] : [{ step, loss }]));
}

/** The validation losses. */
export function validationLoss(metrics: Metric[]): Point[] {
  return metrics.flatMap(({ step, val_loss }) => (val_loss === undefined ? [] : [{ step, loss: val_loss }]));
}

/** Each point replaced by the mean of the last `SMOOTH_STEPS` points up to it. */
export function smoothed(points: Point[]): Point[] {
  let sum = 0;
  return points.map(({ step, loss }, i) => {
    sum += loss - (points[i - SMOOTH_STEPS]?.loss ?? 0);
    return { step, loss: sum / Math.min(i + 1, SMOOTH_STEPS) };
  });
}

/** At most about `limit` points, evenly taken, the first and the last one always. */
export function thinned<T>(points: T[], limit: number): T[] {
  const stride = Math.ceil(points.length / limit);
  return stride <= 1 ? points : points.filter((_, i) => i === 0 || (points.length - 1 - i) % stride === 0);
}

/** Tokens per second over the newest steps. */
export function speed(metrics: Metric[]): number | null {
  const recent = metrics.slice(-RECENT_STEPS).flatMap(({ tokens_per_s }) => tokens_per_s ?? []);
  return recent.length === 0 ? null : recent.reduce((sum, value) => sum + value, 0) / recent.length;
}

/** Seconds until the last step at the pace so far: validations and samples count, and a moment's rest changes little. */
export function secondsLeft(run: Run): number | null {
  const elapsed = run.last?.elapsed_s;
  if (!elapsed || run.step === 0 || run.state !== 'running') return null;
  return (elapsed / run.step) * Math.max(0, run.steps - run.step);
}

/** Share of the steps that are done, 0 to 1. */
export function progress(run: Run): number {
  return run.steps === 0 ? 0 : Math.min(1, run.step / run.steps);
}

/** Settings in which runs differ, by key, with each run's value. */
export function differences(
  runs: Run[],
): { key: string; values: (number | string | boolean | undefined)[] }[] {
  const keys = [...new Set(runs.flatMap((run) => Object.keys(run.settings)))].sort();
  return keys
    .map((key) => ({ key, values: runs.map((run) => run.settings[key]) }))
    .filter(({ values }) => values.some((value) => value !== values[0]));
}
