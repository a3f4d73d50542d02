import { expect, test, vi } from 'vitest';

// The module listens to the browser as soon as it is loaded.
vi.stubGlobal('location', { href: 'http://127.0.0.1:7878/', origin: 'http://127.0.0.1:7878' });
vi.stubGlobal('addEventListener', () => undefined);
const { address, routeOf } = await import('../src/lib/router.svelte');

const route = (path: string) => routeOf(new URL(path, 'http://127.0.0.1:7878'));

test.each([
  ['/', { page: 'today' }],
  ['/runs', { page: 'runs' }],
  ['/runs/', { page: 'runs' }],
  ['/runs/stories-1', { page: 'run', id: 'stories-1', goesOn: false }],
  ['/start?recipe=stories', { page: 'start', recipe: 'stories' }],
  ['/compare?runs=a,b,a', { page: 'compare', ids: ['a', 'b'] }],
  ['/chat', { page: 'chat', model: null, plug: null }],
  ['/chat?model=stories-1', { page: 'chat', model: 'stories-1', plug: null }],
  ['/chat?plug=causal-attention', { page: 'chat', model: null, plug: 'causal-attention' }],
  ['/path', { page: 'path' }],
  ['/path/self-attention', { page: 'topic', id: 'self-attention' }],
  ['/labs/causal-attention', { page: 'lab', id: 'causal-attention', step: null }],
  ['/labs/causal-attention?step=softmax', { page: 'lab', id: 'causal-attention', step: 'softmax' }],
  ['/models', { page: 'models' }],
  ['/models/stories-1', { page: 'model', id: 'stories-1', tab: 'about', text: null }],
  ['/models/org/name?tab=next&text=a+b', { page: 'model', id: 'org/name', tab: 'next', text: 'a b' }],
  ['/models/org/name/q4.gguf?tab=magic', { page: 'model', id: 'org/name/q4.gguf', tab: 'about', text: null }],
  ['/models/a/b/c/d', { page: 'nowhere' }],
  ['/knowledge', { page: 'knowledge' }],
  ['/knowledge/notes', { page: 'kb', id: 'notes', tab: 'search', q: '' }],
  ['/knowledge/notes?tab=ask&q=a+b', { page: 'kb', id: 'notes', tab: 'ask', q: 'a b' }],
  ['/knowledge/notes?tab=magic', { page: 'kb', id: 'notes', tab: 'search', q: '' }],
  [
    '/knowledge/notes/document?id=a%2Fb.md&span=3-9',
    { page: 'kb-document', kb: 'notes', id: 'a/b.md', span: [3, 9] },
  ],
  ['/knowledge/notes/document?id=a&span=9', { page: 'kb-document', kb: 'notes', id: 'a', span: null }],
  ['/me', { page: 'me' }],
  ['/elsewhere', { page: 'nowhere' }],
  ['/runs/a/b', { page: 'nowhere' }],
  ['/runs/%E0%A4%A', { page: 'run', id: '%E0%A4%A', goesOn: false }],
])('%s', (path, expected) => expect(route(path)).toEqual(expected));

test('addresses lead back to what they were made from', () => {
  const id = '我的 run/1,2';
  expect(route(address.topic(id))).toEqual({ page: 'topic', id });
  expect(route(address.topic(id, 'reveal'))).toEqual({ page: 'topic', id });
  expect(route(address.lab(id, 'a b'))).toEqual({ page: 'lab', id, step: 'a b' });
  expect(route(address.lab(id, null))).toEqual({ page: 'lab', id, step: null });
  expect(route(address.run(id))).toEqual({ page: 'run', id, goesOn: false });
  expect(route(address.run(id, 'resume'))).toEqual({ page: 'run', id, goesOn: true });
  expect(route(address.chat(id))).toEqual({ page: 'chat', model: id, plug: null });
  expect(route(address.model('org/a b', 'tokens', '三 & 1'))).toEqual({
    page: 'model',
    id: 'org/a b',
    tab: 'tokens',
    text: '三 & 1',
  });
  expect(route(address.kb(id))).toEqual({ page: 'kb', id, tab: 'search', q: '' });
  expect(route(address.kb(id, 'ask', '1 + 1 & 2'))).toEqual({ page: 'kb', id, tab: 'ask', q: '1 + 1 & 2' });
  expect(route(address.kbDocument(id, '茶/a b.md', [1, 5]))).toEqual({
    page: 'kb-document',
    kb: id,
    id: '茶/a b.md',
    span: [1, 5],
  });
  expect(route(address.compare(['a', 'b']))).toEqual({ page: 'compare', ids: ['a', 'b'] });
});
