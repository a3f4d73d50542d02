// Code in colours, the same in the editor and in text that nobody edits; the classes' colours stand in base.css.
import { pythonLanguage } from '@codemirror/lang-python';
import { rustLanguage } from '@codemirror/lang-rust';
import { highlightCode, tagHighlighter, tags } from '@lezer/highlight';

export interface Piece {
  text: string;
  classes: string;
}

export const highlighter = tagHighlighter([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], class: 'code-keyword' },
  { tag: [tags.comment, tags.docString], class: 'code-comment' },
  { tag: [tags.string, tags.number, tags.bool], class: 'code-literal' },
]);

/** The lines of `text` in pieces; another language than Python and Rust stays plain. */
export function highlighted(text: string, language: string): Piece[][] {
  const parser = { python: pythonLanguage.parser, rust: rustLanguage.parser }[language];
  if (!parser) return text.split('\n').map((line) => [{ text: line, classes: '' }]);
  const lines: Piece[][] = [[]];
  highlightCode(
    text,
    parser.parse(text),
    highlighter,
    (piece, classes) => lines.at(-1)?.push({ text: piece, classes }),
    () => lines.push([]),
  );
  return lines;
}
