// A conversation with one model. It lives in this tab (sessionStorage), so it survives a reload and nothing of it is
// kept on the server.
//
// Models that answer turns get all turns each time; a base model gets the whole text so far and goes on with it.
import type { Done, Generate, Model, Plugged, Problem, Prompt, Token, Unplugged } from './api';
import { client, isAbort, problemOf } from './client';

export interface Segment {
  by: 'person' | 'model';
  text: string;
  /** Empty for what the person wrote. */
  tokens: Token[];
  /** How the model's text ended; absent while it comes. */
  end?: 'stop' | 'length' | 'cancelled' | 'failed';
  /** How the learner's function did, if it gave this answer. */
  plugged?: Plugged;
}

export interface Options {
  temperature: number;
  topP: number;
  maxTokens: number;
  /** Digits, or empty for a new draw each time. */
  seed: string;
  /** The lab whose function does the engine's work, from the learner's own file. */
  plug: string | null;
}

/** The lab whose function a model can use. */
export const PLUGGABLE = 'causal-attention';
const OPTIONS_DEFAULT: Options = { temperature: 0.8, topP: 1, maxTokens: 160, seed: '', plug: null };

/** What a person may begin with. */
export function exampleFor(
  words: { example: string; exampleText: string; examplePublished: string },
  { chats, is_published }: Pick<Model, 'chats' | 'is_published'>,
): string {
  if (!chats) return words.exampleText;
  return is_published ? words.examplePublished : words.example;
}

interface Stored {
  segments: Segment[];
  draft: string;
  prompt: Prompt | null;
}

export class Conversation {
  segments: Segment[] = $state([]);
  draft = $state('');
  /** What the model read last. */
  prompt: Prompt | null = $state.raw(null);
  problem: Problem | null = $state.raw(null);
  /** Why the learner's function gave no answer. */
  unplugged: Unplugged | null = $state.raw(null);
  /** Whether the model is reading or writing. */
  busy = $state(false);

  #abort: AbortController | null = null;

  constructor(readonly model: Model) {
    const stored = restored(this.#key);
    this.segments = stored.segments;
    this.draft = stored.draft;
    this.prompt = stored.prompt;
  }

  /** Says the draft, or lets a base model go on without one. */
  async say(options: Options): Promise<void> {
    if (this.busy) return;
    if (this.draft !== '') this.segments.push({ by: 'person', text: this.draft, tokens: [] });
    if (this.segments.length === 0) return;
    this.draft = '';
    await this.#generate(options);
  }

  /** Replaces the last answer by another one, or brings the one that did not come. */
  async again(options: Options): Promise<void> {
    if (this.busy || this.segments.length === 0) return;
    if (this.segments.at(-1)?.by === 'model') this.segments.pop();
    await this.#generate(options);
  }

  stop(): void {
    this.#abort?.abort();
  }

  clear(): void {
    this.segments = [];
    this.prompt = null;
    this.problem = null;
    this.unplugged = null;
    this.save();
  }

  /** Writes the conversation into this tab's memory. */
  save(): void {
    const segments = $state.snapshot(this.segments);
    const stored: Stored = { segments, draft: this.draft, prompt: this.prompt };
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(stored));
    } catch {
      // The browser's limit: the text matters more than the candidates of each token.
      const bare = { ...stored, segments: segments.map((segment) => ({ ...segment, tokens: [] })) };
      sessionStorage.setItem(this.#key, JSON.stringify(bare));
    }
  }

  get #key(): string {
    return `sanjie.chat.${this.model.id}`;
  }

  async #generate(options: Options): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    this.problem = null;
    this.unplugged = null;
    const request = requestOf(this.model, this.segments, options);
    this.segments.push({ by: 'model', text: '', tokens: [] });
    // The array's own element: what was pushed is not reactive.
    const answer = this.segments[this.segments.length - 1] as Segment;
    try {
      for await (const { name, data } of client.generate(request, abort.signal)) {
        if (name === 'prompt') this.prompt = JSON.parse(data) as Prompt;
        if (name === 'token') {
          const token = JSON.parse(data) as Token;
          answer.tokens.push(token);
          answer.text += token.text;
        }
        if (name === 'done')
          answer.end = (JSON.parse(data) as Done).finish_reason === 'length' ? 'length' : 'stop';
        if (name === 'plugged') answer.plugged = JSON.parse(data) as Plugged;
        if (name === 'unplugged') this.unplugged = JSON.parse(data) as Unplugged;
        if (name === 'failed') this.problem = JSON.parse(data) as Problem;
      }
    } catch (error) {
      if (!isAbort(error)) this.problem = problemOf(error);
    }
    answer.end ??= this.problem || this.unplugged ? 'failed' : 'cancelled';
    // An answer that never began leaves nothing behind.
    if (answer.tokens.length === 0 && answer.end !== 'stop') this.segments.pop();
    this.busy = false;
    this.save();
  }
}

function requestOf(model: Model, segments: Segment[], options: Options): Generate {
  const turns = segments.map(({ by, text }) => ({
    role: by === 'person' ? ('user' as const) : ('assistant' as const),
    content: text,
  }));
  const request: Generate = {
    model: model.id,
    input: model.chats ? { messages: turns } : { text: segments.map(({ text }) => text).join('') },
    max_tokens: options.maxTokens,
    temperature: options.temperature,
    top_p: options.topP,
  };
  if (options.seed !== '') request.seed = Number(options.seed);
  if (options.plug !== null) request.plug = options.plug;
  return request;
}

function restored(key: string): Stored {
  const empty: Stored = { segments: [], draft: '', prompt: null };
  try {
    const stored = { ...empty, ...(JSON.parse(sessionStorage.getItem(key) ?? '{}') as Partial<Stored>) };
    // An answer that was coming when the page was left has no end; one that had not begun is nothing.
    const begun = stored.segments.filter(({ by, end, text }) => by === 'person' || end || text !== '');
    const segments = begun.map((one) => (one.by === 'model' ? { ...one, end: one.end ?? 'cancelled' } : one));
    return { ...stored, segments };
  } catch {
    return empty;
  }
}

const OPTIONS_KEY = 'sanjie.chat-options';

/** The options used last in this browser. */
export function storedOptions(): Options {
  try {
    const stored = JSON.parse(localStorage.getItem(OPTIONS_KEY) ?? '{}') as Partial<Options>;
    return { ...OPTIONS_DEFAULT, ...stored };
  } catch {
    return { ...OPTIONS_DEFAULT };
  }
}

export function storeOptions(options: Options): void {
  localStorage.setItem(OPTIONS_KEY, JSON.stringify(options));
}
