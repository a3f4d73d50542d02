// Places in texts: the studio counts bytes of UTF-8, the browser counts UTF-16 units.

/** A piece of a text, and whether it lies in one of the ranges. */
export interface Piece {
  text: string;
  marked: boolean;
}

/** A text that can be cut at bytes. */
export class Bytes {
  readonly #bytes: Uint8Array;

  /** `start` is the byte of the whole text at which this part of it begins. */
  constructor(
    text: string,
    readonly start = 0,
  ) {
    this.#bytes = new TextEncoder().encode(text);
  }

  get end(): number {
    return this.start + this.#bytes.length;
  }

  /** What lies from byte `from` to before byte `to`, as far as this part has it. */
  slice(from: number, to: number): string {
    const at = (byte: number) => Math.min(Math.max(byte - this.start, 0), this.#bytes.length);
    return new TextDecoder().decode(this.#bytes.subarray(at(from), at(to)));
  }

  /** The text from `from` to `to` in pieces: within the ranges, which ascend and do not overlap, and between them. */
  pieces(from: number, to: number, ranges: readonly (readonly [number, number])[]): Piece[] {
    const pieces: Piece[] = [];
    const add = (start: number, end: number, marked: boolean) => {
      const text = this.slice(start, end);
      if (text !== '') pieces.push({ text, marked });
    };
    let at = from;
    for (const [start, end] of ranges) {
      if (end <= at || start >= to) continue;
      add(at, Math.max(start, at), false);
      add(Math.max(start, at), Math.min(end, to), true);
      at = Math.min(end, to);
    }
    add(at, to, false);
    return pieces;
  }
}
