// Tokens as a person can point at them.
//
// A character of several bytes may take several tokens; all but the last of them add no text. Such tokens form one
// piece together with the one that completes the character.
import type { Alternative, Token } from './api';

export interface Piece {
  text: string;
  /** Probability of all its tokens together. */
  probability: number;
  nTokens: number;
  /** What else could have stood in the place of its first token, best first. */
  candidates: Alternative[];
}

/** How likely a token was, in the three kinds that a reader tells apart without colour: by the line under it. */
export type Likelihood = 'likely' | 'open' | 'rare';

/** Each kind with a probability to show it by. */
export const LIKELIHOODS: { name: Likelihood; example: number }[] = [
  { name: 'likely', example: 0.9 },
  { name: 'open', example: 0.3 },
  { name: 'rare', example: 0.03 },
];

export function likelihood(probability: number): Likelihood {
  if (probability >= 0.5) return 'likely';
  return probability >= 0.1 ? 'open' : 'rare';
}

/** Tint of a token that was all but impossible; text on it still reaches 4.5:1. */
const TINT_MAX = 26;

/** The share of colour behind a token: none for a certain one. */
export function tint(probability: number): string {
  return `${Math.round((1 - probability) * TINT_MAX)}%`;
}

export function pieces(tokens: Token[]): Piece[] {
  const found: Piece[] = [];
  let open: Piece | null = null;
  for (const token of tokens) {
    const piece: Piece = open ?? { text: '', probability: 1, nTokens: 0, candidates: token.alternatives };
    piece.text += token.text;
    piece.probability *= Math.exp(token.logprob);
    piece.nTokens += 1;
    if (token.text === '') {
      open = piece;
    } else {
      found.push(piece);
      open = null;
    }
  }
  return found;
}
