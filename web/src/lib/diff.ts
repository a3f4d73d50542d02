// Two texts line by line: what stays, what goes, what comes. A longest common subsequence; files of labs are short.

export interface DiffLine {
  kind: 'same' | 'gone' | 'new';
  text: string;
  /** Number of the line in the text it stands in, counted from 1; the old one for `same`. */
  number: number;
}

/** The way from `before` to `after`. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.replace(/\n$/, '').split('\n');
  const b = after.replace(/\n$/, '').split('\n');
  const width = b.length + 1;
  // lengths[i * width + j]: the longest common subsequence of a from i on and b from j on.
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '', number: i + 1 });
      i++;
      j++;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'gone', text: a[i] ?? '', number: i + 1 });
      i++;
    } else {
      lines.push({ kind: 'new', text: b[j] ?? '', number: j + 1 });
      j++;
    }
  }
  return lines;
}
