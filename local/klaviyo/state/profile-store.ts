import { duplicateProfile } from '../api-error.ts';
import type { Random } from '../random.ts';
import {
  applyWrite,
  type IdentifierName,
  type Identifiers,
  identifierNames,
  identifiersOf,
  normalIdentifier,
  type Profile,
  type ProfileWrite,
  type PropertiesPatch,
} from './profile.ts';

export interface ProfileStore {
  all(): Iterable<Profile>;
  /** By id; the id of a profile that was merged away finds the one it went into. */
  get(id: string): Profile | undefined;
  find(name: IdentifierName, value: string): Profile | undefined;
  /** The profiles that have any of the identifiers, each once, in the order of resolution. */
  owners(identifiers: Identifiers): Profile[];
  /** @throws ApiError 409 when an identifier is taken. */
  create(write: ProfileWrite, options?: { id?: string; atMs?: number }): Profile;
  /** @throws ApiError 409 when an identifier belongs to another profile. */
  update(profile: Profile, write: ProfileWrite, patch?: PropertiesPatch | undefined): void;
  /** Sets `updated`, as any change of a profile does. */
  touch(profile: Profile, atMs?: number): void;
  /** One profile takes over the other's identifiers; its id keeps resolving. */
  merge(from: Profile, into: Profile): void;
  remove(profile: Profile): void;
  /** Rises with every change: what was computed from an older version may be wrong. */
  readonly version: number;
}

export interface ProfileStoreOptions {
  readonly random: Random;
  readonly nowMs: () => number;
  /** Calls back when the index of `updated` has caught up with a change. */
  readonly whenIndexed: (index: () => void) => void;
}

const blank = (id: string, atMs: number): Profile => ({
  id,
  createdMicros: atMs * 1000,
  updatedMicros: atMs * 1000,
  indexedUpdatedSeconds: undefined,
  indexedChange: 0,
  lastEventMs: undefined,
  identifiers: {},
  fields: {},
  location: {},
  properties: {},
  consent: { email: { state: 'NEVER_SUBSCRIBED' }, sms: { state: 'NEVER_SUBSCRIBED' } },
  suppressions: [],
  listSuppressions: [],
});

/** The profiles of one account, found by id and by identifier. */
export const createProfileStore = (options: ProfileStoreOptions): ProfileStore => {
  const { random, nowMs, whenIndexed } = options;
  const byId = new Map<string, Profile>();
  const mergedInto = new Map<string, string>();
  const byIdentifier = new Map<string, Profile>();
  let version = 0;
  const key = (name: IdentifierName, value: string) => `${name} ${normalIdentifier(name, value)}`;

  const index = (profile: Profile, present: boolean): void => {
    for (const name of identifierNames) {
      const value = profile.identifiers[name];
      if (value === undefined) continue;
      if (present) byIdentifier.set(key(name, value), profile);
      else byIdentifier.delete(key(name, value));
    }
  };

  const find = (name: IdentifierName, value: string) => byIdentifier.get(key(name, value));

  const owners = (identifiers: Identifiers): Profile[] => {
    const found = identifierNames.flatMap((name) => {
      const value = identifiers[name];
      return (value !== undefined && find(name, value)) || [];
    });
    return [...new Set(found)];
  };

  const touch = (profile: Profile, atMs = nowMs()): void => {
    version += 1;
    profile.updatedMicros = Math.trunc(atMs) * 1000 + (version % 1000);
    const change = version;
    whenIndexed(() => {
      if (change <= profile.indexedChange) return;
      version += 1;
      profile.indexedChange = change;
      profile.indexedUpdatedSeconds = Math.floor(atMs / 1000);
    });
  };

  const change = (profile: Profile, apply: () => void, atMs?: number): void => {
    index(profile, false);
    apply();
    index(profile, true);
    touch(profile, atMs);
  };

  const get = (id: string): Profile | undefined => {
    const target = mergedInto.get(id);
    return target === undefined ? byId.get(id) : get(target);
  };

  const create: ProfileStore['create'] = (
    write,
    { atMs = nowMs(), id = random.ulid(atMs) } = {},
  ) => {
    const [owner] = owners(identifiersOf(write));
    if (owner) throw duplicateProfile(owner.id);
    const profile = blank(id, atMs);
    byId.set(id, profile);
    change(profile, () => applyWrite(profile, write), atMs);
    return profile;
  };

  const update: ProfileStore['update'] = (profile, write, patch) => {
    const other = owners(identifiersOf(write)).find((owner) => owner !== profile);
    if (other) throw duplicateProfile(other.id);
    change(profile, () => applyWrite(profile, write, patch));
  };

  const remove = (profile: Profile): void => {
    version += 1;
    index(profile, false);
    byId.delete(profile.id);
  };

  const merge = (from: Profile, into: Profile): void => {
    remove(from);
    mergedInto.set(from.id, into.id);
    change(into, () => {
      into.identifiers = { ...from.identifiers, ...into.identifiers };
      into.fields = { ...from.fields, ...into.fields };
      into.location = { ...from.location, ...into.location };
      into.properties = { ...from.properties, ...into.properties };
    });
  };

  return {
    all: () => byId.values(),
    get,
    find,
    owners,
    create,
    update,
    touch,
    merge,
    remove,
    get version() {
      return version;
    },
  };
};
