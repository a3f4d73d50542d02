// What a model can read. One that is trained on single characters knows those of its own text and no others.
import type { Model } from './api';

/** The characters of `text` that the model has no token for, each once. */
export function unreadable(model: Pick<Model, 'alphabet'>, text: string): string[] {
  if (model.alphabet === null) return [];
  const known = new Set(model.alphabet);
  return [...new Set(text)].filter((character) => !known.has(character));
}

/** A text to begin with: the first of `texts` that the model can read, else what it can read of the last one, else characters that
 * it knows. */
export function beginning(model: Pick<Model, 'alphabet'>, texts: string[]): string {
  const whole = texts.find((text) => unreadable(model, text).length === 0);
  if (whole !== undefined) return whole;
  const known = [...(model.alphabet ?? '')];
  const kept = [...(texts.at(-1) ?? '')].filter((character) => known.includes(character)).join('');
  return kept.trim() || known.slice(0, 12).join('');
}

/** The newest of one's own models that has learned out and can read its text, else the newest that can; and the newer ones that
 * cannot read theirs. `models` come newest first, published ones last. */
export function newestReader<M extends Pick<Model, 'alphabet' | 'state' | 'is_published'>>(
  models: M[],
  textFor: (model: M) => string,
): { model: M | undefined; leftOut: M[] } {
  const reads = (model: M) => unreadable(model, textFor(model)).length === 0;
  const readers = models.filter(reads);
  const model = readers.find((one) => one.state === 'finished' && !one.is_published) ?? readers[0];
  // If none can, there is nothing to be said for another one than the newest.
  if (!model) return { model: models[0], leftOut: [] };
  return { model, leftOut: models.slice(0, models.indexOf(model)).filter((one) => !reads(one)) };
}

/** A few characters as a sentence names them: `a b c …`, with spaces and line ends to be seen. */
export function few(characters: string[], most = 8): string {
  const shown = characters.slice(0, most).map((one) => (one === ' ' ? '␣' : one === '\n' ? '↵' : one));
  return shown.join(' ') + (characters.length > most ? ' …' : '');
}
