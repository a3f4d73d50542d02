// One run as it happens. The connection may break at any time; the feed asks again from the last step it has.
import type { Metric, Problem, Run, Sample } from './api';
import { client, isAbort, problemOf, Refusal } from './client';

const RETRY_MS = 1500;

export class RunFeed {
  run: Run | null = $state.raw(null);
  metrics: Metric[] = $state.raw([]);
  samples: Sample[] = $state.raw([]);
  /** Why nothing can be shown: there is no such run. */
  gone: Problem | null = $state.raw(null);

  #abort: AbortController | null = null;

  constructor(readonly id: string) {}

  /** Follows the run until `close`. */
  async open(): Promise<void> {
    this.close();
    const abort = new AbortController();
    this.#abort = abort;
    while (!abort.signal.aborted && !this.gone) {
      try {
        await this.#connect(abort.signal);
      } catch (error) {
        if (isAbort(error)) return;
        if (error instanceof Refusal && error.code === 'studio.no_such_run') this.gone = problemOf(error);
      }
      await pause(RETRY_MS, abort.signal);
    }
  }

  close(): void {
    this.#abort?.abort();
    this.#abort = null;
  }

  /** One connection, from the last known step until it breaks. */
  async #connect(signal: AbortSignal): Promise<void> {
    const from = this.metrics.at(-1)?.step ?? 0;
    let isFirst = true;
    for await (const { name, data } of client.follow(this.id, from, signal)) {
      if (signal.aborted) return;
      if (name === 'metrics') this.metrics = [...this.metrics, ...(JSON.parse(data) as Metric[])];
      if (name === 'samples') this.samples = merged(this.samples, JSON.parse(data) as Sample[]);
      if (name === 'rewritten') this.#forget();
      if (name === 'run') {
        this.run = JSON.parse(data) as Run;
        if (isFirst && this.run.step < from) {
          // Cut back to a checkpoint while nobody listened: what was drawn may be another past.
          this.#forget();
          return;
        }
        isFirst = false;
      }
    }
  }

  #forget(): void {
    this.metrics = [];
    this.samples = [];
  }
}

/** Every connection tells all samples again. */
function merged(known: Sample[], told: Sample[]): Sample[] {
  const key = (sample: Sample) => `${sample.step}\n${sample.prompt}`;
  const byKey = new Map([...known, ...told].map((sample) => [key(sample), sample]));
  return [...byKey.values()].sort((a, b) => a.step - b.step);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
