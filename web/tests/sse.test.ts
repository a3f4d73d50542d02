import { describe, expect, test } from 'vitest';
import { EventParser, events } from '../src/lib/sse';

const STREAM =
  'event: metrics\r\nid: 3\r\ndata: [1,\r\ndata: 2]\r\n\r\n: keep alive\n\ndata:x\n\nevent: empty\n\n';
const EVENTS = [
  { name: 'metrics', data: '[1,\n2]' },
  { name: 'message', data: 'x' },
];

describe('server-sent events', () => {
  test('are found wherever the stream is cut', () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      const parser = new EventParser();
      const found = [...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))];
      expect(found, `cut at ${cut}`).toEqual(EVENTS);
    }
  });

  test('keep characters whole that arrive in two pieces', async () => {
    const bytes = new TextEncoder().encode('data: 三阶\n\n');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, 8));
        controller.enqueue(bytes.slice(8));
        controller.close();
      },
    });
    const found = [];
    for await (const event of events(body)) found.push(event);
    expect(found).toEqual([{ name: 'message', data: '三阶' }]);
  });

  test('closing early cancels the stream', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\ndata: 2\n\n')),
      cancel: () => void (cancelled = true),
    });
    for await (const event of events(body)) {
      expect(event.data).toBe('1');
      break;
    }
    expect(cancelled).toBe(true);
  });
});
