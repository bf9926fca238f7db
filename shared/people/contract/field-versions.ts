/**
 * What was said of a profile, field by field: for each field a hash of the last word, and when it
 * was said. No personal data. Fields that were said together share one time, as most of them do.
 */
import * as z from 'zod';
import { contentHashOf } from './links.ts';
import { compareWords, type WordTime } from './source-times.ts';

const pathWidth = 6;
const valueWidth = 8;
const width = pathWidth + valueWidth;

/** A word's time as it is stored. */
export const storedTime = {
  occurredAtMs: z.number(),
  /** Only where it is not 0. */
  aheadMs: z.number().optional(),
};

/** Fields that were said at one time, as text: entries of fixed width, in the order of their paths. */
const saidTogether = z.object({ ...storedTime, fields: z.string() });

export const storedWords = z.array(saidTogether);

export type StoredWords = z.output<typeof storedWords>;

/** The last word on a field. */
export interface FieldWord extends WordTime {
  /** Of its value: see `valueHashOf`. */
  readonly hash: string;
}

/** By the hash of the field's path: see `pathHashOf`. */
export type FieldWords = ReadonlyMap<string, FieldWord>;

export const pathHashOf = (path: string): string => contentHashOf(path).slice(0, pathWidth);

/** Two spellings of one e-mail address are one value. */
export const valueHashOf = (path: string, value: unknown): string => {
  const isAddress = path === 'email' && typeof value === 'string';
  return contentHashOf(isAddress ? value.trim().toLowerCase() : (value ?? null)).slice(
    0,
    valueWidth,
  );
};

export const readWords = (stored: StoredWords): Map<string, FieldWord> => {
  const words = new Map<string, FieldWord>();
  for (const { fields, ...time } of stored)
    for (let start = 0; start < fields.length; start += width) {
      const hash = fields.slice(start + pathWidth, start + width);
      words.set(fields.slice(start, start + pathWidth), { ...time, hash });
    }
  return words;
};

/** The time alone, as it is stored. */
export const timeOf = ({ occurredAtMs, aheadMs = 0 }: WordTime): WordTime => ({
  occurredAtMs,
  ...(aheadMs === 0 ? {} : { aheadMs }),
});

const timeKey = ({ occurredAtMs, aheadMs = 0 }: WordTime): string => `${occurredAtMs}+${aheadMs}`;

export const writeWords = (words: FieldWords): StoredWords => {
  const ordered = [...words].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [...Map.groupBy(ordered, ([, word]) => timeKey(word)).values()].map((group) => {
    const fields = group.map(([path, { hash }]) => path + hash).join('');
    return { ...timeOf(group[0]?.[1] ?? { occurredAtMs: 0 }), fields };
  });
};

/** Both, the later word of each field: what was said of two profiles that have become one. */
export const laterWords = (one: FieldWords, other: FieldWords): FieldWords => {
  const later = new Map(one);
  for (const [path, word] of other) {
    const before = later.get(path);
    if (before === undefined || compareWords(before, word) < 0) later.set(path, word);
  }
  return later;
};
