// What came of files that made a knowledge base, from the page where they were handed over to the one that opens then.
import type { KbChanged } from './api';

const waiting = new Map<string, KbChanged>();

export const arrivals = {
  /** Keeps the report on `name` for the next page. */
  leave: (name: string, report: KbChanged) => void waiting.set(name, report),
  /** The report on `name`, once. */
  take(name: string): KbChanged | null {
    const report = waiting.get(name) ?? null;
    waiting.delete(name);
    return report;
  },
};
