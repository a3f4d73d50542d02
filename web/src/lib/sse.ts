// Server-sent events from a fetch response.
//
// The browser's EventSource can neither send a body nor tell a refusal from a lost connection, and the studio needs
// both. Format: the WHATWG "Server-sent events" section; `retry` and a leading byte order mark do not occur here.

export interface ServerEvent {
  /** The event's name; `message` where the server gives none. */
  name: string;
  /** Its data lines, joined by line feeds. */
  data: string;
}

/** Cuts a stream of text into events; pieces may end anywhere, even between CR and LF. */
export class EventParser {
  #rest = '';
  #name = '';
  #data: string[] = [];

  /** The events that `text` completes. */
  push(text: string): ServerEvent[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): ServerEvent[] {
    if (line === '') {
      const event = { name: this.#name || 'message', data: this.#data.join('\n') };
      const isEvent = this.#data.length > 0;
      this.#name = '';
      this.#data = [];
      return isEvent ? [event] : [];
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    if (field === 'data') this.#data.push(value);
    return [];
  }
}

/** The events of a response as they come; ends when the server ends, throws when the connection breaks. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Whoever stops reading closes the connection, which is how a generation is cancelled.
    await reader.cancel().catch(() => undefined);
  }
}
