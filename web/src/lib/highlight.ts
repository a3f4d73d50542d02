// Code in colours: the editor's own parsers over text that nobody edits.
import { pythonLanguage } from '@codemirror/lang-python';
import { rustLanguage } from '@codemirror/lang-rust';
import { highlightCode, tagHighlighter, tags } from '@lezer/highlight';

export interface Piece {
  text: string;
  classes: string;
}

const highlighter = tagHighlighter([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], class: 'k' },
  { tag: [tags.comment, tags.docString], class: 'c' },
  { tag: [tags.string, tags.number, tags.bool, tags.special(tags.string)], class: 's' },
  { tag: [tags.function(tags.variableName), tags.macroName, tags.typeName], class: 'f' },
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
