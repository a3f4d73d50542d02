// Requests about knowledge bases.
import type {
  AddPaths,
  KbAnswer,
  KbChanged,
  KbWay,
  KbDocument,
  KbDocumentPage,
  KbEvaluated,
  KbHit,
  KbLine,
  KbPlugged,
  Removed,
  SearchBy,
} from './api';
import { ask, get, json, send } from './client';
import type { Viewer } from './viewer.svelte';

/** Below the address of a knowledge base. */
const below = (name: string, rest: string) => `/api/kb/${encodeURIComponent(name)}/${rest}`;

export const knowledge = {
  list: () => get<KbLine[]>('/api/kb'),
  add: (name: string, wanted: AddPaths) => send<KbChanged>('POST', below(name, 'add'), wanted),
  sync: (name: string) => send<KbChanged>('POST', below(name, 'sync')),
  /** Hands a file over; aborting stops it on its way. */
  upload: async (name: string, file: Handed, { groups, embedder, signal }: Upload) => {
    const pairs = new URLSearchParams([['name', file.name], ...groups.map((group) => ['group', group])]);
    if (embedder !== '') pairs.append('embedder', embedder);
    const response = await ask(below(name, `files?${pairs}`), { method: 'POST', body: file.file, signal });
    return (await response.json()) as KbChanged;
  },
  documents: (name: string, viewer: Viewer) => get<KbDocument[]>(below(name, `documents?${viewer.query}`)),
  document: (name: string, id: string, at: number, viewer: Viewer) => {
    const pairs = new URLSearchParams({ document: id, at: String(at) });
    return get<KbDocumentPage>(below(name, `document?${pairs}&${viewer.query}`));
  },
  remove: (name: string, documents: string[]) =>
    send<Removed>('DELETE', below(name, 'documents'), { documents }),
  delete: (name: string) => send<void>('DELETE', `/api/kb/${encodeURIComponent(name)}`, { confirm: name }),
  /** Without `by`, as `sanjie search` does: by what was learned from questions, else by words. */
  search: async (name: string, query: string, by: SearchBy | null, viewer: Viewer): Promise<Searched> => {
    const wanted = { query, ...(by && { by }), explain: true, ...viewer.fields };
    const response = await ask(below(name, 'search'), json('POST', wanted));
    const [went, share] = (response.headers.get('sanjie-searched-by') ?? 'words').split(':');
    return {
      by: went as Searched['by'],
      share: Number(share ?? 0),
      hits: (await response.json()) as KbHit[],
    };
  },
  /** By the learner's own ranking of a lab, with the engine's beside it. */
  plugged: (name: string, query: string, lab: string, viewer: Viewer) =>
    send<KbPlugged>('POST', below(name, 'plugged'), { query, lab, ...viewer.fields }),
  ask: (name: string, question: string, threshold: number | null, viewer: Viewer) =>
    send<KbAnswer>('POST', below(name, 'ask'), {
      question,
      ...(threshold === null ? {} : { threshold }),
      ...viewer.fields,
    }),
  evaluate: async (name: string, questions: string, viewer: Viewer) => {
    const response = await ask(below(name, `evaluate?${viewer.query}`), { method: 'POST', body: questions });
    return (await response.json()) as KbEvaluated;
  },
  compare: async (name: string, questions: string, viewer: Viewer, signal: AbortSignal) => {
    const request = { method: 'POST', body: questions, signal };
    const response = await ask(below(name, `compare?${viewer.query}`), request);
    return (await response.json()) as KbWay[];
  },
};

/** What a search found. */
export interface Searched {
  /** What it went by. */
  by: SearchBy | 'weighted';
  /** The share of meaning where both were weighed, 0 to 1. */
  share: number;
  hits: KbHit[];
}

/** How a file is handed over. */
export interface Upload {
  /** Who may see it; none is everybody. */
  groups: string[];
  /** Where vectors come from from now on; '' leaves that as it is. */
  embedder: string;
  signal: AbortSignal;
}

/** A file to hand over and the name that its document gets. */
export interface Handed {
  name: string;
  file: File;
}

/** The files that were dropped, those within folders by their paths; hidden ones are left out. At most `max`, or null. */
export async function dropped(transfer: DataTransfer, max: number): Promise<Handed[] | null> {
  // The list is emptied as soon as the event is over.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const found: Handed[] = [];
  const isVisible = (entry: FileSystemEntry) => !entry.name.startsWith('.');
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (found.length > max || !isVisible(entry)) return;
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      found.push({ name: entry.fullPath.replace(/^\//, ''), file });
    } else {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      // A reader gives a hundred entries at a time, and none at the end.
      for (;;) {
        const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
          reader.readEntries(resolve, reject),
        );
        if (some.length === 0 || found.length > max) return;
        for (const one of some) await walk(one);
      }
    }
  };
  for (const entry of entries) if (entry) await walk(entry);
  return found.length > max ? null : found;
}
