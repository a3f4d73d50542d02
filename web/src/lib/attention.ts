// Attention weights as the figure shows them.
import type { Looked } from './api';
import { visible } from './format';

/** A place of the figure: layer, head and query, counted from 0. */
export interface Place {
  layer: number;
  head: number;
  query: number;
}

/** A place as an address or a person names it; what is not named is chosen. */
export type WantedPlace = { [part in keyof Place]?: number | undefined };

/** The weights of one query over the tokens up to itself, 0 to 1. */
export function rowOf(looked: Looked, { layer, head, query }: Place): number[] {
  const from = (query * (query + 1)) / 2;
  const weights = looked.heads[layer * looked.n_heads + head] ?? [];
  return weights.slice(from, from + query + 1).map((weight) => weight / 1000);
}

/** A token as it is written in the figure; one that only begins a character has no text of its own. */
export function tokenText(token: string): string {
  return token === '' ? '…' : visible(token);
}

/** The tokens with the largest weights, largest first, none below a hundredth. */
export function strongest(weights: number[], n: number): { key: number; weight: number }[] {
  return weights
    .map((weight, key) => ({ key, weight }))
    .filter(({ weight }) => weight >= 0.01)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, n);
}

/** How strongly a weight is shaded: by its square root, so that weights spread over many tokens can still be seen. */
export function shade(weight: number): number {
  return Math.sqrt(weight);
}

/** A place that exists: the nearest to the one wanted, the last token if none is. */
export function placeIn(looked: Looked, wanted: WantedPlace): Place {
  const within = (value: number | undefined, count: number, otherwise: number) =>
    value === undefined || Number.isNaN(value)
      ? otherwise
      : Math.max(0, Math.min(Math.floor(value), count - 1));
  const last = Math.max(0, looked.tokens.length - 1);
  return {
    layer: within(wanted.layer, looked.n_layers, 0),
    head: within(wanted.head, looked.n_heads, 0),
    query: within(wanted.query, looked.tokens.length, last),
  };
}
