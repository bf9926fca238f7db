import { isUtf8 } from 'node:buffer';
import type { Entry } from './entry.ts';

/** From the bytes of one job to its text; undefined where there is nothing but blanks. */
export const toEntry = (line: number, bytes: Buffer | 'too long'): Entry | undefined => {
  if (bytes === 'too long') return { line, problem: 'is longer than any message may be' };
  if (!isUtf8(bytes)) return { line, problem: 'is not UTF-8 text' };
  const text = bytes.toString().trim();
  return text === '' ? undefined : { line, text };
};
