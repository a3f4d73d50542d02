// What an author previews: the folder's faults, and a signal to ask again once it was read again.
import type { Previewed } from './api';
import { client, isAbort } from './client';

const RETRY_MS = 1500;

class Preview {
  /** Null in a studio for learners. */
  folder: Previewed | null = $state.raw(null);
  /** Grows when pages show something older than the folder. */
  version = $state(0);

  /** Follows the folder, if there is one, until the returned function is called. */
  watch(): () => void {
    const abort = new AbortController();
    void this.#follow(abort.signal);
    return () => abort.abort();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (!(await client.preview())) return;
        for await (const { data } of client.followPreview(signal)) this.#take(JSON.parse(data) as Previewed);
      } catch (error) {
        if (isAbort(error)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  #take(told: Previewed): void {
    // The first thing told is what the pages have just asked for.
    if (this.folder && this.folder.version !== told.version) this.version++;
    this.folder = told;
  }
}

export const preview = new Preview();
