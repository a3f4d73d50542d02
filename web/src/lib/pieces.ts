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
