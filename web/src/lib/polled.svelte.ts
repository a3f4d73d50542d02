// A value that is asked for again and again while somebody looks.
import type { Problem } from './api';
import { problemOf } from './client';

const INTERVAL_MS = 2000;

export class Polled<T> {
  /** The newest answer; an older one stays when a request fails. */
  value: T | null = $state.raw(null);
  /** Why the last request failed. */
  problem: Problem | null = $state.raw(null);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #open = false;

  constructor(private readonly load: () => Promise<T>) {}

  /** Asks until the returned function is called; an effect may return it. */
  watch(): () => void {
    this.#open = true;
    const wake = () => {
      if (!document.hidden) void this.ask();
    };
    document.addEventListener('visibilitychange', wake);
    void this.ask();
    return () => {
      this.#open = false;
      clearTimeout(this.#timer);
      document.removeEventListener('visibilitychange', wake);
    };
  }

  /** Asks now, and goes on from there. */
  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      this.value = await this.load();
      this.problem = null;
    } catch (error) {
      this.problem = problemOf(error);
    }
    clearTimeout(this.#timer);
    if (this.#open && !document.hidden) this.#timer = setTimeout(() => void this.ask(), INTERVAL_MS);
  }
}
