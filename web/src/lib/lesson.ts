// A lesson as the page needs it: its Markdown cut into blocks at headings and fences. The form stands in
// curriculum/README.md; the server has checked it.

export type Block =
  | { kind: 'heading'; level: number; id: string; text: string }
  | { kind: 'prose'; text: string }
  | { kind: 'code'; language: string; text: string; output: string | null }
  | { kind: 'source'; path: string }
  | { kind: 'predict'; item: string }
  | { kind: 'lab'; lab: string; step: string }
  | { kind: 'figure'; name: string; settings: string };

/** The blocks in order; the title before the first heading with an id is left out. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let prose: string[] = [];
  const flush = () => {
    const text = prose.join('\n').trim();
    if (text !== '') blocks.push({ kind: 'prose', text });
    prose = [];
  };
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const heading = /^(#{2,4}) (.*?) *\{#([a-z0-9-]+)\} *$/.exec(line);
    if (heading) {
      flush();
      blocks.push({
        kind: 'heading',
        level: (heading[1] ?? '').length,
        text: heading[2] ?? '',
        id: heading[3] ?? '',
      });
    } else if (line.startsWith('```')) {
      flush();
      const end = lines.findIndex((other, i) => i > at && other.trim() === '```');
      const last = end < 0 ? lines.length : end;
      fence(blocks, line.slice(3).trim(), lines.slice(at + 1, last).join('\n'));
      at = last;
    } else if (!/^# /.test(line)) {
      prose.push(line);
    }
  }
  flush();
  return blocks;
}

function fence(blocks: Block[], info: string, text: string): void {
  const [first = '', second = '', third = ''] = info.split(/\s+/);
  const before = blocks.at(-1);
  if (first === 'output' && before?.kind === 'code') before.output = text;
  else if (first === 'source') blocks.push({ kind: 'source', path: second });
  else if (first === 'predict') blocks.push({ kind: 'predict', item: second });
  else if (first === 'lab') blocks.push({ kind: 'lab', lab: second, step: third });
  else if (first === 'figure') blocks.push({ kind: 'figure', name: second, settings: text });
  else blocks.push({ kind: 'code', language: first, text, output: null });
}

/** The settings of a figure, lines of `key = "text"`; the server has checked them. */
export function settingsOf(toml: string): Record<string, string> {
  const pairs = toml.matchAll(/^(\w+) *= *("(?:[^"\\]|\\.)*") *$/gm);
  return Object.fromEntries([...pairs].map(([, key, value]) => [key, JSON.parse(value ?? '""') as string]));
}

/**
 * What may be seen: after a predict question that `isOpen` does not know, everything up to the next heading is folded.
 */
export function unfolded(blocks: Block[], isOpen: (item: string) => boolean): Block[] {
  let folded = false;
  return blocks.filter((block) => {
    if (block.kind === 'heading') folded = false;
    const shown = !folded;
    if (block.kind === 'predict' && !isOpen(block.item)) folded = true;
    return shown;
  });
}

/** Without the sections around figures that this page cannot draw: a caption alone explains nothing. */
export function withoutFigures(blocks: Block[], canDraw: (name: string) => boolean): Block[] {
  const hidden = new Set<number>();
  blocks.forEach((block, at) => {
    if (block.kind !== 'figure' || canDraw(block.name)) return;
    let from = at;
    while (from > 0 && blocks[from]?.kind !== 'heading') from--;
    let to = at;
    while (to < blocks.length && blocks[to]?.kind !== 'heading') to++;
    for (let i = from; i < to; i++) hidden.add(i);
  });
  return blocks.filter((_, at) => !hidden.has(at));
}
