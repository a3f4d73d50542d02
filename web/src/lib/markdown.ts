// Markdown with formulas. Loaded with the pages that need it. The text is the course's own, yet HTML in it stays text.
import katex from 'katex';
import 'katex/dist/katex.min.css';
import MarkdownIt from 'markdown-it';

const parser = new MarkdownIt({ html: false, linkify: false });

parser.inline.ruler.before('escape', 'formula', (state, silent) => {
  if (state.src[state.pos] !== '$') return false;
  const mark = state.src.startsWith('$$', state.pos) ? '$$' : '$';
  const from = state.pos + mark.length;
  const end = state.src.indexOf(mark, from);
  // A lone dollar is a dollar.
  if (end <= from || (mark === '$' && /\s/.test(state.src[from] ?? ''))) return false;
  const after = end + mark.length;
  const stop = mark === '$' ? (/^[,.;:?!)，。、；：？！）”]*/u.exec(state.src.slice(after))?.[0] ?? '') : '';
  if (!silent) {
    const token = state.push('formula', 'math', 0);
    token.content = state.src.slice(from, end);
    token.markup = mark;
    token.info = stop;
  }
  state.pos = after + stop.length;
  return true;
});

parser.renderer.rules['formula'] = (tokens, at) => {
  const token = tokens[at];
  if (!token) return '';
  const html = katex.renderToString(token.content, {
    displayMode: token.markup === '$$',
    throwOnError: false,
    output: 'htmlAndMathml',
  });
  // A long formula scrolls by itself and never the page; what scrolls can be reached by keyboard.
  if (token.markup === '$$') return `<span class="formula" tabindex="0" role="group">${html}</span>`;
  // No line begins with what ends a phrase.
  return token.info === ''
    ? html
    : `<span class="whole">${html}${parser.utils.escapeHtml(token.info)}</span>`;
};

parser.renderer.rules['link_open'] = (tokens, at, options, _, self) => {
  const token = tokens[at];
  if (token && /^https?:/.test(String(token.attrGet('href')))) {
    token.attrSet('target', '_blank');
    token.attrSet('rel', 'noreferrer');
  }
  return self.renderToken(tokens, at, options);
};

/** Paragraphs, lists and tables. */
export function blockHtml(text: string): string {
  return closed(parser.render(text));
}

/** One line, without a paragraph around it. */
export function inlineHtml(text: string): string {
  return closed(parser.renderInline(text));
}

/** Chinese has no spaces, yet Markdown needs one to see that bold ends after a full stop. */
function closed(html: string): string {
  return html.replaceAll(/([。，；：？！）”])<\/strong> (?=[\u3400-\u9fff“（])/gu, '$1</strong>');
}
