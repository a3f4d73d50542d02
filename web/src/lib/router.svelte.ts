// Pages by address, with the browser's own history: every place has a link, and back works.

export type Route =
  | { page: 'today' }
  | { page: 'runs' }
  | { page: 'start'; recipe: string | null }
  | { page: 'run'; id: string; goesOn: boolean }
  | { page: 'compare'; ids: string[] }
  | { page: 'chat'; model: string | null; plug: string | null }
  | { page: 'path' }
  | { page: 'topic'; id: string }
  | { page: 'lab'; id: string; step: string | null }
  | { page: 'models' }
  | { page: 'model'; id: string; tab: ModelTab; text: string | null }
  | { page: 'knowledge' }
  | { page: 'kb'; id: string; tab: KbTab; q: string }
  | { page: 'kb-document'; kb: string; id: string; span: [number, number] | null }
  | { page: 'me' }
  | { page: 'nowhere' };

/** Parts of a model's page. */
export const MODEL_TABS = ['about', 'tokens', 'next', 'attention'] as const;
export type ModelTab = (typeof MODEL_TABS)[number];

/** Parts of a knowledge base's page. */
export const KB_TABS = ['search', 'ask', 'documents', 'evaluate'] as const;
export type KbTab = (typeof KB_TABS)[number];

/** What an address means. */
export function routeOf(url: URL): Route {
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const [first, second] = parts;
  if (parts.length === 0) return { page: 'today' };
  if (parts.length === 1 && first === 'runs') return { page: 'runs' };
  if (parts.length === 1 && first === 'start')
    return { page: 'start', recipe: url.searchParams.get('recipe') };
  if (parts.length === 1 && first === 'chat')
    return { page: 'chat', model: url.searchParams.get('model'), plug: url.searchParams.get('plug') };
  if (parts.length === 1 && first === 'compare') {
    const ids = (url.searchParams.get('runs') ?? '').split(',').filter((id) => id !== '');
    return { page: 'compare', ids: [...new Set(ids)] };
  }
  if (parts.length === 1 && first === 'path') return { page: 'path' };
  if (parts.length === 1 && first === 'me') return { page: 'me' };
  if (parts.length === 2 && first === 'path' && second) return { page: 'topic', id: decoded(second) };
  if (parts.length === 2 && first === 'labs' && second)
    return { page: 'lab', id: decoded(second), step: url.searchParams.get('step') };
  if (parts.length === 1 && first === 'models') return { page: 'models' };
  // A run, ORG/NAME, or a file of it.
  if (parts.length > 1 && parts.length <= 4 && first === 'models') {
    const tab = MODEL_TABS.find((tab) => tab === url.searchParams.get('tab')) ?? 'about';
    const id = parts.slice(1).map(decoded).join('/');
    return { page: 'model', id, tab, text: url.searchParams.get('text') };
  }
  if (parts.length === 1 && first === 'knowledge') return { page: 'knowledge' };
  if (parts.length === 2 && first === 'knowledge' && second) {
    const tab = KB_TABS.find((tab) => tab === url.searchParams.get('tab')) ?? 'search';
    return { page: 'kb', id: decoded(second), tab, q: url.searchParams.get('q') ?? '' };
  }
  if (parts.length === 3 && first === 'knowledge' && second && parts[2] === 'document')
    return {
      page: 'kb-document',
      kb: decoded(second),
      id: url.searchParams.get('id') ?? '',
      span: spanIn(url.searchParams),
    };
  if (parts.length === 2 && first === 'runs' && second)
    return { page: 'run', id: decoded(second), goesOn: url.searchParams.has('resume') };
  return { page: 'nowhere' };
}

export const address = {
  /** With `resume` the form to go on is open. */
  run: (id: string, open?: 'resume') => `/runs/${encodeURIComponent(id)}${open ? `?${open}` : ''}`,
  chat: (model: string) => `/chat?model=${encodeURIComponent(model)}`,
  /** Talking with a lab's function in the newest model. */
  plugged: (lab: string) => `/chat?plug=${encodeURIComponent(lab)}`,
  /** `anchor` is a heading of the lesson. */
  topic: (id: string, anchor?: string) => `/path/${encodeURIComponent(id)}${anchor ? `#${anchor}` : ''}`,
  lab: (id: string, step: string | null) =>
    `/labs/${encodeURIComponent(id)}${step ? `?step=${encodeURIComponent(step)}` : ''}`,
  /** A model's page; `text` is what a view of it shows. */
  model: (id: string, tab: ModelTab = 'about', text = '') =>
    `/models/${id.split('/').map(encodeURIComponent).join('/')}${query({ tab: tab === 'about' ? '' : tab, text })}`,
  kb: (name: string, tab: KbTab = 'search', q = '') =>
    `/knowledge/${encodeURIComponent(name)}${query({ tab: tab === 'search' ? '' : tab, q })}`,
  /** A document of a knowledge base; `span` is what to show of it, in bytes. */
  kbDocument: (kb: string, id: string, span: [number, number] | null = null) =>
    `/knowledge/${encodeURIComponent(kb)}/document${query({ id, span: span?.join('-') ?? '' })}`,
  compare: (ids: string[]) => `/compare?runs=${ids.map(encodeURIComponent).join(',')}`,
};

class Router {
  route: Route = $state(routeOf(new URL(location.href)));

  constructor() {
    addEventListener('popstate', () => this.#read());
    addEventListener('click', (event) => this.#click(event));
  }

  go(path: string): void {
    history.pushState(null, '', path);
    this.#read();
    scrollTo(0, 0);
  }

  /** Changes the address without a step in the history. */
  replace(path: string): void {
    history.replaceState(null, '', path);
    this.#read();
  }

  #read(): void {
    this.route = routeOf(new URL(location.href));
  }

  /** Plain clicks on our own links stay in the page; everything else is the browser's. */
  #click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.origin !== location.origin || link.target || link.download) return;
    // A place on this page is the browser's to find.
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    this.go(link.pathname + link.search + link.hash);
  }
}

/** Query values, those that are empty left out. */
function query(values: Record<string, string>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== '');
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function spanIn(values: URLSearchParams): [number, number] | null {
  const found = /^(\d{1,15})-(\d{1,15})$/.exec(values.get('span') ?? '');
  return found ? [Number(found[1]), Number(found[2])] : null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const router = new Router();
