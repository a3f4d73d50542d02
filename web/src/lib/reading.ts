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

/** The newest model that can read its text, and the newer ones that cannot theirs. `models` come newest first. */
export function newestReader<M extends Pick<Model, 'alphabet'>>(
  models: M[],
  textFor: (model: M) => string,
): { model: M | undefined; leftOut: M[] } {
  const at = models.findIndex((model) => unreadable(model, textFor(model)).length === 0);
  // If none can, there is nothing to be said for another one than the newest.
  return at < 0 ? { model: models[0], leftOut: [] } : { model: models[at], leftOut: models.slice(0, at) };
}

/** A few characters as a sentence names them: `a b c …`, with spaces and line ends to be seen. */
export function few(characters: string[], most = 8): string {
  const shown = characters.slice(0, most).map((one) => (one === ' ' ? '␣' : one === '\n' ? '↵' : one));
  return shown.join(' ') + (characters.length > most ? ' …' : '');
}
