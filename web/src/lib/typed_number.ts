// A number as people type it into an answer: `0.5`, `0,5`, `1/2`, `−3`, `1e-3`, full-width signs of a Chinese keyboard as well.

/** A number without what stands around it; other notations of JavaScript (`0x10`, `Infinity`) are none to a person. */
const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that `text` holds, a fraction `a/b` divided; null if it holds none. */
export function typedNumber(text: string): number | null {
  const plain = text.normalize('NFKC').replaceAll(/[,。]/g, '.').replaceAll('−', '-').replaceAll('÷', '/');
  const parts = plain.split('/').map((part) => part.trim());
  if (parts.length > 2 || !parts.every((part) => PLAIN.test(part))) return null;
  const [over, under = 1] = parts.map(Number);
  const value = (over ?? NaN) / under;
  return Number.isFinite(value) ? value : null;
}
