// For whom a knowledge base is looked at: its owner, anyone, or somebody by name and groups. Kept for the session.
import { namesIn } from './names';

export type ViewerKind = 'owner' | 'anyone' | 'person';
const KEY = 'sanjie.viewer';

export class Viewer {
  kind: ViewerKind = $state('owner');
  user = $state('');
  groups = $state('');

  constructor() {
    try {
      const { kind, user, groups } = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Viewer>;
      if (kind === 'anyone' || kind === 'person') this.kind = kind;
      this.user = user ?? '';
      this.groups = groups ?? '';
    } catch {
      // What was kept is not readable: the owner looks, whose computer this is.
    }
  }

  keep(): void {
    const { kind, user, groups } = this;
    sessionStorage.setItem(KEY, JSON.stringify({ kind, user, groups }));
  }

  /** As fields of a request. */
  get fields(): { owner?: boolean; user?: string; groups?: string[] } {
    if (this.kind === 'owner') return { owner: true };
    if (this.kind === 'anyone') return {};
    const groups = namesIn(this.groups);
    return this.user.trim() === '' ? { groups } : { user: this.user.trim(), groups };
  }

  /** As query values. */
  get query(): string {
    const { owner, user, groups = [] } = this.fields;
    const pairs = new URLSearchParams(groups.map((group) => ['group', group]));
    if (owner) pairs.set('owner', 'true');
    if (user !== undefined) pairs.set('user', user);
    return pairs.toString();
  }
}

export const viewer = new Viewer();
