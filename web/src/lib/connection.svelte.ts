// Whether the studio answers, and whether it still knows this tab.
//
// A server that was restarted has a new token. The printed address sets a new cookie for all tabs, so a tab that was
// refused asks again from time to time and goes on by itself once the person has opened that address.

const RETRY_MS = 3000;

class Connection {
  /** The last request got no answer at all. */
  lost = $state(false);
  /** The studio refuses this tab's token. */
  expired = $state(false);

  #timer: ReturnType<typeof setTimeout> | undefined;

  answered(): void {
    this.lost = false;
    this.expired = false;
  }

  noAnswer(): void {
    this.lost = true;
    this.#askLater();
  }

  refused(): void {
    this.lost = false;
    this.expired = true;
    this.#askLater();
  }

  /** Asks whether the studio is back. */
  async ask(): Promise<void> {
    try {
      const response = await fetch('/api/recipes');
      if (response.ok) this.answered();
      else this.refused();
    } catch {
      this.noAnswer();
    }
  }

  #askLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.ask(), RETRY_MS);
  }
}

export const connection = new Connection();
