// A model's card: Markdown by somebody we do not know. Its HTML is dropped, its pictures are told by their words, since nothing
// is fetched from elsewhere, and only links to the web are links.
import MarkdownIt from 'markdown-it';

const parser = new MarkdownIt({ html: true, linkify: true });
const { escapeHtml } = parser.utils;
/** The page has its own title above; the card's come below it. */
const LEVELS_DOWN = 2;

// Marks are dropped and what stands between them is kept, as text.
parser.renderer.rules['html_inline'] = () => '';
parser.renderer.rules['html_block'] = (tokens, at) => {
  const text = withoutTags(tokens[at]?.content ?? '').trim();
  return text === '' ? '' : `<p>${escapeHtml(text)}</p>`;
};
parser.renderer.rules['image'] = (tokens, at) => escapeHtml(tokens[at]?.content ?? '');
parser.renderer.rules['heading_open'] = parser.renderer.rules['heading_close'] = (
  tokens,
  at,
  options,
  _,
  self,
) => {
  const token = tokens[at];
  if (token) token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + LEVELS_DOWN)}`;
  return self.renderToken(tokens, at, options);
};
parser.renderer.rules['link_open'] = (tokens, at, options, _, self) => {
  const token = tokens[at];
  if (token && /^https?:/i.test(String(token.attrGet('href')))) {
    token.attrs = [
      ['href', String(token.attrGet('href'))],
      ['target', '_blank'],
      ['rel', 'noreferrer'],
    ];
  } else if (token) {
    // A place of the publisher's own pages, which are not here.
    token.attrs = null;
  }
  return self.renderToken(tokens, at, options);
};

/** The card as HTML that holds nothing of the publisher's own. */
export function cardHtml(markdown: string): string {
  return parser.render(markdown);
}

/** Comments, styles and scripts go with what they hold; other marks alone. */
function withoutTags(html: string): string {
  return html
    .replaceAll(/<!--[\s\S]*?(-->|$)/g, '')
    .replaceAll(/<(script|style)\b[\s\S]*?(<\/\1\s*>|$)/gi, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/[ \t]+/g, ' ');
}
