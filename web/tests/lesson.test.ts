import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blocksOf, settingsOf, unfolded, withoutFigures } from '../src/lib/lesson';

const LESSON = [
  '# Title',
  '',
  '## Why {#why}',
  '',
  'Because of $x$.',
  '',
  '```predict guess',
  '```',
  '',
  '```python run',
  'print(1)',
  '```',
  '```output',
  '1',
  '```',
  '### Deeper {#deeper}',
  '```figure attention',
  'caption = "C"',
  '```',
  '## End {#end}',
  '```lab one two',
  '```',
  '```source kernels::softmax::reference',
  '```',
].join('\n');

test('a lesson is cut at headings and fences', () => {
  expect(blocksOf(LESSON)).toEqual([
    { kind: 'heading', level: 2, text: 'Why', id: 'why' },
    { kind: 'prose', text: 'Because of $x$.' },
    { kind: 'predict', item: 'guess' },
    { kind: 'code', language: 'python', text: 'print(1)', output: '1' },
    { kind: 'heading', level: 3, text: 'Deeper', id: 'deeper' },
    { kind: 'figure', name: 'attention', settings: 'caption = "C"' },
    { kind: 'heading', level: 2, text: 'End', id: 'end' },
    { kind: 'lab', lab: 'one', step: 'two' },
    { kind: 'source', path: 'kernels::softmax::reference' },
  ]);
});

test('a question folds what follows, up to the next heading', () => {
  const kinds = (open: boolean) => unfolded(blocksOf(LESSON), () => open).map(({ kind }) => kind);
  expect(kinds(false)).toEqual(kinds(true).filter((kind) => kind !== 'code'));
});

test('a figure that cannot be drawn takes its section along', () => {
  const ids = withoutFigures(blocksOf(LESSON), () => false).map((block) => ('id' in block ? block.id : ''));
  expect(ids.filter((id) => id !== '')).toEqual(['why', 'end']);
  expect(withoutFigures(blocksOf(LESSON), () => true)).toHaveLength(9);
});

test.each([
  ['self-attention', 'zh', 5],
  ['self-attention', 'en', 5],
  ['inverted-index-and-bm25', 'zh', 6],
  ['inverted-index-and-bm25', 'en', 6],
  ['chunking', 'zh', 5],
  ['chunking', 'en', 5],
  ['matmul-on-a-cpu', 'zh', 5],
  ['matmul-on-a-cpu', 'en', 5],
  ['reading-a-checkpoint', 'zh', 6],
  ['reading-a-checkpoint', 'en', 6],
])('the built lesson %s in %s has no fence that falls through', (topic, lang, steps) => {
  const path = new URL(`../../curriculum/${topic}/lesson.${lang}.md`, import.meta.url);
  const blocks = blocksOf(readFileSync(path, 'utf8'));
  const languages = new Set(blocks.map((block) => (block.kind === 'code' ? block.language : 'python')));
  expect([...languages].filter((language) => !['python', 'rust', 'sh', 'text'].includes(language))).toEqual(
    [],
  );
  expect(blocks.filter(({ kind }) => kind === 'predict').length).toBeGreaterThan(4);
  expect(blocks.filter(({ kind }) => kind === 'lab')).toHaveLength(steps);
  for (const block of blocks) {
    if (block.kind === 'figure') expect(Object.keys(settingsOf(block.settings))).toEqual(['caption', 'text']);
  }
});

test('the settings of a figure are texts by key', () => {
  expect(settingsOf('caption = "Rows add up to 1, \\"mask\\" above."\ntext = "风筝在哪儿？"')).toEqual({
    caption: 'Rows add up to 1, "mask" above.',
    text: '风筝在哪儿？',
  });
});
