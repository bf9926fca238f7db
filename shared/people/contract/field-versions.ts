/**
 * What was said of a profile, field by field: the last version of each, as a hash of its value and
 * when it was said. No personal data. Fields that were said together share one time, as most do.
 */
import * as z from 'zod';
import { contentHashOf } from './links.ts';
import { compareSourceTimes, type SourceTime } from './source-times.ts';

const pathWidth = 6;
const valueWidth = 8;
const width = pathWidth + valueWidth;

/** A source time as it is stored. */
export const storedTime = {
  occurredAtMs: z.number(),
  /** Only where it is not 0. */
  aheadMs: z.number().optional(),
};

/** Fields that were said at one time, as text: entries of fixed width, in the order of their paths. */
const saidTogether = z.object({ ...storedTime, fields: z.string() });

export const storedVersions = z.array(saidTogether);

export type StoredVersions = z.output<typeof storedVersions>;

/** What was said last of a field. */
export interface FieldVersion extends SourceTime {
  /** Of its value: see `valueHashOf`. */
  readonly hash: string;
}

/** By the hash of the field's path: see `pathHashOf`. */
export type FieldVersions = ReadonlyMap<string, FieldVersion>;

export const pathHashOf = (path: string): string => contentHashOf(path).slice(0, pathWidth);

/** Two spellings of one e-mail address are one value. */
export const valueHashOf = (path: string, value: unknown): string => {
  const isAddress = path === 'email' && typeof value === 'string';
  return contentHashOf(isAddress ? value.trim().toLowerCase() : (value ?? null)).slice(
    0,
    valueWidth,
  );
};

export const readVersions = (stored: StoredVersions): Map<string, FieldVersion> => {
  const versions = new Map<string, FieldVersion>();
  for (const { fields, ...time } of stored)
    for (let start = 0; start < fields.length; start += width) {
      const hash = fields.slice(start + pathWidth, start + width);
      versions.set(fields.slice(start, start + pathWidth), { ...time, hash });
    }
  return versions;
};

/** The time alone, as it is stored. */
export const timeOf = ({ occurredAtMs, aheadMs = 0 }: SourceTime): SourceTime => ({
  occurredAtMs,
  ...(aheadMs === 0 ? {} : { aheadMs }),
});

const timeKey = ({ occurredAtMs, aheadMs = 0 }: SourceTime): string => `${occurredAtMs}+${aheadMs}`;

export const writeVersions = (versions: FieldVersions): StoredVersions => {
  const ordered = [...versions].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [...Map.groupBy(ordered, ([, version]) => timeKey(version)).values()].map((group) => {
    const fields = group.map(([path, { hash }]) => path + hash).join('');
    return { ...timeOf(group[0]?.[1] ?? { occurredAtMs: 0 }), fields };
  });
};

/** Of both, the later version of each field: what was said of two profiles that have become one. */
export const laterVersions = (one: FieldVersions, other: FieldVersions): FieldVersions => {
  const later = new Map(one);
  for (const [path, version] of other) {
    const before = later.get(path);
    if (before === undefined || compareSourceTimes(before, version) < 0) later.set(path, version);
  }
  return later;
};
