import { expect, test } from 'vitest';
import { cardHtml } from '../src/lib/card';

test('a card keeps its text', () => {
  const html = cardHtml('# Title\n\n**bold** and `code`\n\n| a | b |\n|---|---|\n| 1 | 2 |');
  expect(html).toContain('<h3>Title</h3>');
  expect(html).toContain('<strong>bold</strong>');
  expect(html).toContain('<td>1</td>');
});

test('nothing of a card runs or is fetched', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    'text <img src=x onerror=alert(1)> text',
    '<div onclick="alert(1)">kept</div>',
    '<iframe src="https://evil.example"></iframe>',
    '[a](javascript:alert(1))',
    '[b](data:text/html,x)',
    '![picture](https://evil.example/track.png)',
    '<svg><script>alert(1)</script></svg>',
    '<style>body { display: none }</style>',
    '<a href="javascript:alert(1)">c</a>',
    '<!-- hidden',
    '[d]: javascript:alert(1)\n\n[d]',
    '<scr<script>ipt>alert(1)</scr</script>ipt>',
  ];
  for (const one of hostile) {
    const html = cardHtml(one);
    expect(html, one).not.toMatch(/<(script|img|iframe|svg|style|div)\b/i);
    expect(html, one).not.toMatch(/<[^>]*(\son\w+=|javascript:|src=)/i);
  }
  expect(cardHtml('<div onclick="alert(1)">kept</div>')).toContain('kept');
  expect(cardHtml('![picture](https://evil.example/track.png)')).toContain('picture');
});

test('only links to the web are links', () => {
  expect(cardHtml('[x](https://example.org)')).toContain(
    '<a href="https://example.org" target="_blank" rel="noreferrer">x</a>',
  );
  expect(cardHtml('[x](LICENSE)')).toContain('<a>x</a>');
  expect(cardHtml('[x](/api/runs)')).toContain('<a>x</a>');
});
