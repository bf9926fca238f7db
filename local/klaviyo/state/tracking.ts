import type { Account } from './account.ts';
import type { NewEvent } from './event-store.ts';
import {
  identifierNames,
  identifiersOf,
  type Profile,
  type ProfileWrite,
  type PropertiesPatch,
} from './profile.ts';

/** The person of an event. */
export interface Person {
  readonly id?: string | null | undefined;
  readonly write: ProfileWrite;
  readonly patch?: PropertiesPatch | undefined;
}

/** The write without the identifiers that belong to somebody else. */
const ownPart = (account: Account, profile: Profile, write: ProfileWrite): ProfileWrite => {
  const own: Record<string, unknown> = { ...write };
  for (const name of identifierNames) {
    const value = write[name];
    const owner = typeof value === 'string' ? account.profiles.find(name, value) : undefined;
    if (owner && owner !== profile) delete own[name];
  }
  return own;
};

const changes = (write: ProfileWrite): boolean =>
  Object.values(write).some((value) => value !== undefined);

/** The profile of an event: found, changed by what the event says of it, or made. */
const personOf = (account: Account, { id, write, patch }: Person): Profile | undefined => {
  const byId = typeof id === 'string' ? account.profiles.get(id) : undefined;
  if (typeof id === 'string' && !byId) return undefined;
  const kx = typeof write._kx === 'string' ? write._kx : undefined;
  const byKx = kx === undefined ? undefined : account.profiles.findByKx(kx);
  const profile = byId ?? account.profiles.owners(identifiersOf(write))[0] ?? byKx;
  if (!profile) return account.profiles.create(write);
  const own = ownPart(account, profile, write);
  const known = identifiersOf(own);
  const isNews =
    identifierNames.some((name) => known[name] && known[name] !== profile.identifiers[name]) ||
    changes({ ...own, ...Object.fromEntries(identifierNames.map((name) => [name, undefined])) });
  if (isNews || patch) account.profiles.update(profile, own, patch);
  return profile;
};

/** Records an event, and what it tells of its person. An unknown profile id drops it. */
export const track = (account: Account, person: Person, events: readonly NewEvent[]): void => {
  const profile = personOf(account, person);
  if (!profile) return;
  for (const event of events) {
    if (!account.events.record(profile.id, event)) continue;
    profile.lastEventMs = Math.max(profile.lastEventMs ?? 0, event.timeSeconds * 1000);
  }
};
