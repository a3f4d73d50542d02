// What the pages say of a model that is here.
import type { LibraryModel } from './api';

/** Whether it writes, so that it can be talked to and looked into. */
export function writes({ does }: Pick<LibraryModel, 'does'>): boolean {
  return does === 'chats' || does === 'continues';
}

/** Bytes as programmers write them: `E4 B8 89`. */
export function hex(bytes: number[]): string {
  return bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
}
