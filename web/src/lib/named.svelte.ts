// The name of what a page shows, for the browser's tab: a page that learns it only from the studio says it here.

class Named {
  /** Null while the page has not said it. */
  name: string | null = $state(null);

  /** For an effect of the page: says the name until the page is left. */
  says(name: string | undefined): () => void {
    this.name = name ?? null;
    return () => (this.name = null);
  }
}

export const named = new Named();
