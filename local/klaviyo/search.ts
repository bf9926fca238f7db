/** What people look for: any part of any text on a thing, in capitals or not. */
import type { RecordedEvent } from './state/event-store.ts';
import type { List } from './state/list-store.ts';
import type { Profile } from './state/profile.ts';

const holds = (words: string, ...values: readonly unknown[]): boolean => {
  const text = JSON.stringify(values).toLowerCase();
  // As JSON writes it, so that quotation marks and the like are found too.
  return text.includes(JSON.stringify(words.trim().toLowerCase()).slice(1, -1));
};

export const profileHolds = (profile: Profile, words: string): boolean => {
  const { id, identifiers, fields, location, properties } = profile;
  return holds(words, id, identifiers, fields, location, properties);
};

export const listHolds = ({ id, name }: List, words: string): boolean => holds(words, id, name);

export const eventHolds = (event: RecordedEvent, words: string): boolean => {
  const { id, profileId, metric, properties, uniqueId } = event;
  return holds(words, id, profileId, metric.name, properties, uniqueId);
};

export interface Part<T> {
  readonly total: number;
  readonly items: readonly T[];
}

/** Some of the things, from a position on, and how many there are. */
export const partOf = <T>(items: readonly T[], offset: number, limit: number): Part<T> => ({
  total: items.length,
  items: items.slice(offset, offset + limit),
});
