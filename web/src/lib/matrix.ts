// Arrays of a failing case as small tables: rows with the index they stand for, cells that differ from another array.
import type { ArrayShown } from './api';

export interface MatrixRow {
  /** Index of all dimensions but the last; empty up to two dimensions. */
  label: string;
  cells: { text: string; exact: string; share: number; differs: boolean }[];
}

/** Rows and columns that are shown; a smallest case has fewer. */
export const SHOWN_MAX = 12;

/** The rows of `array`; with `other`, cells that differ from it are marked. */
export function rowsOf(array: ArrayShown, other: ArrayShown | null = null): MatrixRow[] {
  const columns = array.shape.at(-1) ?? 1;
  const numbers = array.values.map(toNumber);
  const largest = Math.max(0, ...numbers.filter(Number.isFinite).map(Math.abs));
  const rows: MatrixRow[] = [];
  for (let from = 0; from < numbers.length && rows.length < SHOWN_MAX; from += columns) {
    const cells = numbers.slice(from, from + Math.min(columns, SHOWN_MAX)).map((value, j) => ({
      text: short(value),
      exact: array.values[from + j] ?? '',
      share: Number.isFinite(value) && largest > 0 ? value / largest : 0,
      differs: other !== null && !isClose(value, toNumber(other.values[from + j] ?? 'NaN')),
    }));
    rows.push({ label: array.shape.length > 2 ? indexOf(array.shape, from / columns) : '', cells });
  }
  return rows;
}

/** Whether something of the array is left out of {@link rowsOf}. */
export function isCut(array: ArrayShown): boolean {
  const columns = array.shape.at(-1) ?? 1;
  return columns > SHOWN_MAX || array.values.length > SHOWN_MAX * columns;
}

function toNumber(text: string): number {
  if (text === 'inf') return Infinity;
  return text === '-inf' ? -Infinity : Number(text);
}

/** Four decimals at most, and no trailing zeros; the terminal writes the same. */
function short(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '−inf';
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : String(Number(value.toFixed(4)));
  return text.replace('-', '−');
}

/** About the grader's own tolerance for short sums; what it found first is marked in any case. */
function isClose(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-5 * (1 + Math.abs(b)) || (Number.isNaN(a) && Number.isNaN(b));
}

function indexOf(shape: number[], row: number): string {
  const index: number[] = [];
  let rest = row;
  for (const size of shape.slice(0, -1).reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${index.join(', ')}]`;
}
