// What of a filled-in form is a change to its recipe. Whether a value is possible is the trainer's business: it
// answers with the sentence that the person sees.

/** The settings with a field of their own; all others stand in the folded part. */
export const FIRST_KEYS = ['train.steps', 'train.batch_size', 'optim.lr_max', 'train.seed'] as const;

type Value = number | string | boolean;

/** The values that differ from the recipe's, as the types the recipe has. */
export function changes(recipe: Record<string, Value>, typed: Record<string, string>): Record<string, Value> {
  const changed: Record<string, Value> = {};
  for (const [key, text] of Object.entries(typed)) {
    const before = recipe[key];
    const value = parsed(text.trim(), before);
    if (value !== before && !(before === undefined && value === '')) changed[key] = value;
  }
  return changed;
}

/** Text that is no number stays text, so that the trainer can say what it expected. */
function parsed(text: string, before: Value | undefined): Value {
  if (typeof before === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (typeof before === 'string') return text;
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? text : number;
}
