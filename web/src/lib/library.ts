// Requests about the models that are here, what they read and what they expect.
import type { AskNext, LibraryModel, LibraryPage, NextTokens, Tokenise, Tokenised } from './api';
import { get, send } from './client';

export const library = {
  list: () => get<LibraryModel[]>('/api/library'),
  model: (id: string) => get<LibraryPage>(`/api/library/model?id=${encodeURIComponent(id)}`),
  tokenise: (wanted: Tokenise) => send<Tokenised>('POST', '/api/tokenize', wanted),
  next: (wanted: AskNext) => send<NextTokens>('POST', '/api/next', wanted),
};
