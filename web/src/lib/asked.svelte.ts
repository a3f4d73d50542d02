// A value that is asked for once, and again when something it depends on changes; an older answer never replaces a
// newer one.
import { untrack } from 'svelte';
import type { Problem } from './api';
import { problemOf } from './client';
import { preview } from './preview.svelte';

export class Asked<T> {
  /** The newest answer; it stays when a later request fails. */
  value: T | null = $state.raw(null);
  /** Why the last request failed. */
  problem: Problem | null = $state.raw(null);
  /** Whether an answer is waited for. */
  waiting = $state(false);

  #turn = 0;
  #isWatched = false;

  constructor(private readonly load: () => Promise<T>) {}

  /** For an effect: asks now, and again when the effect runs again because `on` changed, or an author's files; what
   * `load` reads counts for nothing. */
  watch(..._on: unknown[]): void {
    void preview.version;
    untrack(() => void this.ask());
  }

  /** For an effect on what is being typed, `on`: asks at once the first time, later `after` milliseconds from the last key. What
   * it returns ends the wait. */
  watchTyping(after: number, ..._on: unknown[]): () => void {
    const waiting = setTimeout(() => void this.ask(), this.#isWatched ? after : 0);
    this.#isWatched = true;
    return () => clearTimeout(waiting);
  }

  /** Asks now. */
  async ask(): Promise<void> {
    const turn = ++this.#turn;
    this.waiting = true;
    try {
      const value = await this.load();
      if (turn !== this.#turn) return;
      this.value = value;
      this.problem = null;
    } catch (error) {
      if (turn === this.#turn) this.problem = problemOf(error);
    }
    if (turn === this.#turn) this.waiting = false;
  }
}
