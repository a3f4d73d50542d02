// Requests to the studio. The session's cookie travels by itself; the language goes with every request.
import type {
  Answered,
  AskedQuestion,
  CheckFile,
  CodeName,
  CoursePath,
  Generate,
  GiveAnswer,
  GiveReview,
  HintShown,
  History,
  ImportDone,
  LabFile,
  LabPage,
  LookAt,
  Looked,
  MePage,
  Model,
  NewQuestion,
  Previewed,
  Problem,
  Recipe,
  ResumeRun,
  ReviewQuestion,
  Run,
  RunProfile,
  SaveFile,
  ScoreTexts,
  ScoredText,
  Solution,
  StartLab,
  StartRun,
  Started,
  TodayPage,
  TopicPage,
  TrainOn,
  WantHint,
} from './api';
import { connection } from './connection.svelte';
import { preferences } from './preferences.svelte';
import { events, type ServerEvent } from './sse';

/** A refusal of the studio, with a sentence for the person, or no answer at all (`code` is `connection.lost`). */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const client = {
  recipes: () => get<Recipe[]>('/api/recipes'),
  /** Fetches a data set and tells how far it is; aborting stops it. */
  fetchDataset: (name: string, signal: AbortSignal) =>
    stream(`/api/datasets/${encodeURIComponent(name)}/fetch`, { method: 'POST', signal }),
  runs: () => get<Run[]>('/api/runs'),
  /** Of the file itself: a link downloads it. */
  traceAddress: (id: string) => `/api/runs/${encodeURIComponent(id)}/trace`,
  /** Where its time went; null if it did not measure that. */
  profile: (id: string) => get<RunProfile | null>(`/api/runs/${encodeURIComponent(id)}/profile`),
  history: (id: string) => get<History>(`/api/runs/${encodeURIComponent(id)}/history`),
  compare: (ids: string[]) => get<History[]>(`/api/compare?runs=${ids.map(encodeURIComponent).join(',')}`),
  models: () => get<Model[]>('/api/models'),
  start: (wanted: StartRun) => send<Started>('POST', '/api/runs', wanted),
  stop: (id: string) => send<void>('POST', `/api/runs/${encodeURIComponent(id)}/stop`),
  resume: (id: string, wanted: ResumeRun) =>
    send<void>('POST', `/api/runs/${encodeURIComponent(id)}/resume`, wanted),
  remove: (id: string) => send<void>('DELETE', `/api/runs/${encodeURIComponent(id)}`, { confirm: id }),
  /** Events of a run from step `from` on. */
  follow: (id: string, from: number, signal: AbortSignal) =>
    stream(`/api/runs/${encodeURIComponent(id)}/events?from=${from}`, { signal }),
  path: () => get<CoursePath>('/api/path'),
  today: () => get<TodayPage>('/api/today'),
  /** The question that is due; null if none is. */
  review: () => get<ReviewQuestion | null>('/api/review'),
  giveReview: (given: GiveReview) => send<Answered>('POST', '/api/review', given),
  topic: (id: string) => get<TopicPage>(`/api/topics/${encodeURIComponent(id)}`),
  answer: (topic: string, given: GiveAnswer) =>
    send<Answered>('POST', `/api/topics/${encodeURIComponent(topic)}/answers`, given),
  /** Another variant of a question. */
  question: (topic: string, wanted: NewQuestion) =>
    send<AskedQuestion>('POST', `/api/topics/${encodeURIComponent(topic)}/questions`, wanted),
  lab: (id: string, code: CodeName | null) =>
    get<LabPage>(`/api/labs/${encodeURIComponent(id)}${code ? `?code=${code}` : ''}`),
  startLab: (id: string, wanted: StartLab) =>
    send<LabFile>('POST', `/api/labs/${encodeURIComponent(id)}/start`, wanted),
  labFile: (id: string, code: CodeName) =>
    get<LabFile>(`/api/labs/${encodeURIComponent(id)}/file?code=${code}`),
  saveFile: (id: string, typed: SaveFile) =>
    send<LabFile>('PUT', `/api/labs/${encodeURIComponent(id)}/file`, typed),
  /** Reports as the steps are judged. */
  checkLab: (id: string, wanted: CheckFile, signal: AbortSignal) =>
    stream(`/api/labs/${encodeURIComponent(id)}/check`, { ...json('POST', wanted), signal }),
  /** A short run on the learner's matrix product, step by step beside the engine's. */
  trainOn: (id: string, wanted: TrainOn, signal: AbortSignal) =>
    stream(`/api/labs/${encodeURIComponent(id)}/train`, { ...json('POST', wanted), signal }),
  hint: (id: string, wanted: WantHint) =>
    send<HintShown>('POST', `/api/labs/${encodeURIComponent(id)}/hint`, wanted),
  giveUp: (id: string) => ask(`/api/labs/${encodeURIComponent(id)}/give-up`, { method: 'POST' }),
  solution: (id: string, code: CodeName) =>
    get<Solution>(`/api/labs/${encodeURIComponent(id)}/solution?code=${code}`),
  /** Null in a studio for learners. */
  preview: () => get<Previewed | null>('/api/preview'),
  /** An event whenever the previewed folder was read again. */
  followPreview: (signal: AbortSignal) => stream('/api/preview/events', { signal }),
  me: () => get<MePage>('/api/me'),
  importLog: async (file: Blob) => {
    const response = await ask('/api/me/import', { method: 'POST', body: file });
    return (await response.json()) as ImportDone;
  },
  /** Where a model looks in a text. */
  look: (wanted: LookAt) => send<Looked>('POST', '/api/attention', wanted),
  /** Scores a few texts and takes the scores apart. */
  scores: (wanted: ScoreTexts) => send<ScoredText[]>('POST', '/api/scores', wanted),
  /** Tokens as they come; aborting stops the model. */
  generate: (wanted: Generate, signal: AbortSignal) =>
    stream('/api/generate', { ...json('POST', wanted), signal }),
};

/** What to show for anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return { code: error.code, message: error.message };
  return { code: 'page.error', message: error instanceof Error ? error.message : String(error) };
}

/** Whether something was thrown only because it was cancelled. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** The JSON that answers a path. */
export async function get<T>(path: string): Promise<T> {
  const response = await ask(path);
  return (await response.json()) as T;
}

/** The JSON that answers what is sent, if any does. */
export async function send<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await ask(path, json(method, body));
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function* stream(path: string, init: RequestInit): AsyncGenerator<ServerEvent> {
  const response = await ask(path, init);
  if (response.body) yield* events(response.body);
}

/** A request with JSON for its body. */
export function json(method: string, body?: object): RequestInit {
  if (!body) return { method };
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Sends a request as it is; whatever is no answer is thrown as a refusal. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const url = `${path}${path.includes('?') ? '&' : '?'}lang=${preferences.lang}`;
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    connection.noAnswer();
    throw new Refusal('connection.lost', preferences.words.connection.lost);
  }
  if (response.ok) {
    connection.answered();
    return response;
  }
  const problem = await problemIn(response);
  if (problem.code === 'studio.no_token') connection.refused();
  else connection.answered();
  throw new Refusal(problem.code, problem.message);
}

async function problemIn(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return { code: 'page.status', message: `${response.status} ${response.statusText}` };
  }
}
