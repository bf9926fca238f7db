/** A profile in Klaviyo: changed where its id is known, made where nobody has its identifiers. */

import {
  type CallOptions,
  endpoints,
  findProfile,
  type KlaviyoClient,
  type KlaviyoConnection,
  KlaviyoRequestError,
  type Profile,
  type ProfileAttributes,
} from '../../../shared/klaviyo/index.ts';
import type { Identifier } from '../../../shared/people/contract/customer-memory.ts';
import type { WithheldIdentifier } from '../../../shared/people/tell-withheld.ts';
import { PassingError } from '../../../shared/platform/passing-error.ts';
import {
  byStrength,
  type Identity,
  isSame,
  mayMatchByPhone,
  present,
  strongestMatch,
} from '../rules/identity.ts';
import { without } from '../rules/profile-fields.ts';

export interface WrittenProfile {
  readonly kind: 'written';
  /** As Klaviyo shows it now; undefined where nothing was left to be written. */
  readonly profile: Profile | undefined;
  /** Identifiers left out, because Klaviyo would not have them. */
  readonly withheld: readonly WithheldIdentifier[];
}

/** The profile that is the customer's, as far as Klaviyo's own data says. */
export interface FoundProfile {
  readonly kind: 'found';
  readonly profile: Profile;
  /** By a phone number: it is, if no other customer has it. */
  readonly by: Identifier;
  readonly withheld: readonly WithheldIdentifier[];
}

export interface NewProfile {
  readonly attributes: ProfileAttributes;
  /** The customer has an e-mail address, be it here or said before. */
  readonly hasEmail: boolean;
  readonly withheld: readonly WithheldIdentifier[];
}

export interface WriteProfile {
  /** Resolves to `gone` where there is no such profile. @throws KlaviyoError */
  update(id: string, attributes: ProfileAttributes): Promise<WrittenProfile | { kind: 'gone' }>;
  /**
   * By a call that refuses what exists: none that matches by phone number and overwrites the rest.
   * @throws KlaviyoError
   */
  create(profile: NewProfile): Promise<WrittenProfile | FoundProfile>;
}

const refusalOf = (error: unknown, status: number): KlaviyoRequestError | undefined =>
  error instanceof KlaviyoRequestError && error.status === status ? error : undefined;

const duplicateOf = (conflict: KlaviyoRequestError): string | undefined =>
  conflict.problems.find(({ duplicateProfileId }) => duplicateProfileId)?.duplicateProfileId;

/** The identifier that Klaviyo calls malformed. */
const malformed = (error: unknown, attributes: ProfileAttributes): Identifier | undefined => {
  const pointers = refusalOf(error, 400)?.problems.map(({ pointer }) => pointer) ?? [];
  return present(attributes).find((name) => pointers.includes(`/data/attributes/${name}`));
};

const because =
  (reason: WithheldIdentifier['reason']) =>
  (identifier: Identifier): WithheldIdentifier => ({ identifier, reason });

/** A conflict that is gone when it is looked into: another writer was quicker, so the job comes back. */
const movedMeanwhile = () => new PassingError('an identifier changed its profile meanwhile');

export const createWriteProfile = (
  klaviyo: KlaviyoClient,
  connection: KlaviyoConnection,
  options: CallOptions,
): WriteProfile => {
  const read = async (id: string): Promise<Profile | undefined> => {
    try {
      return await klaviyo.call(endpoints.getProfile, { id }, connection, options);
    } catch (error) {
      if (refusalOf(error, 404) === undefined) throw error;
      return undefined;
    }
  };

  const find = async (name: Identifier, { [name]: value }: Identity) =>
    value ? findProfile(klaviyo, name, value, connection, options) : undefined;

  /** Writes, and finds what Klaviyo says that it has left out. */
  const write = async (
    attributes: ProfileAttributes,
    withheld: readonly WithheldIdentifier[],
    call: (options: CallOptions) => Promise<Profile>,
  ): Promise<WrittenProfile> => {
    let isPartial = false;
    const profile = await call({ ...options, onPartialFailure: () => (isPartial = true) });
    const missing = present(attributes).filter(
      (name) => !isSame(name, profile.attributes, attributes),
    );
    const leftOut = isPartial ? missing.map(because('left_out')) : [];
    return { kind: 'written', profile, withheld: [...withheld, ...leftOut] };
  };

  /** Which of the identifiers belong to another profile than this one. */
  const takenFrom = async (
    id: string,
    attributes: ProfileAttributes,
    duplicateId: string | undefined,
  ): Promise<Identifier[]> => {
    const owner =
      duplicateId === undefined || duplicateId === id ? undefined : await read(duplicateId);
    const shared = present(attributes).filter(
      (name) => owner && isSame(name, owner.attributes, attributes),
    );
    if (shared.length > 0) return shared;
    const taken: Identifier[] = [];
    for (const name of present(attributes)) {
      const found = await find(name, attributes);
      if (found !== undefined && found.id !== id) taken.push(name);
    }
    return taken;
  };

  /** The profile that stands in the way of a new one, by the strongest identifier that it shares. */
  const ownerOf = async (
    attributes: ProfileAttributes,
    duplicateId: string | undefined,
  ): Promise<{ readonly profile: Profile; readonly by: Identifier } | undefined> => {
    const named = duplicateId === undefined ? undefined : await read(duplicateId);
    const match = named && strongestMatch(named.attributes, attributes);
    for (const by of byStrength) {
      if (named && match === by) return { profile: named, by };
      const profile = await find(by, attributes);
      if (profile !== undefined) return { profile, by };
    }
    return undefined;
  };

  const update = async (
    id: string,
    attributes: ProfileAttributes,
    withheld: readonly WithheldIdentifier[],
  ): ReturnType<WriteProfile['update']> => {
    if (Object.keys(attributes).length === 0)
      return { kind: 'written', profile: undefined, withheld };
    const goOn = (names: readonly Identifier[], reason: WithheldIdentifier['reason']) =>
      update(id, without(attributes, names), [...withheld, ...names.map(because(reason))]);
    try {
      return await write(attributes, withheld, (telling) =>
        klaviyo.call(endpoints.updateProfile, { id, attributes }, connection, telling),
      );
    } catch (error) {
      if (refusalOf(error, 404) !== undefined) return { kind: 'gone' };
      const bad = malformed(error, attributes);
      if (bad !== undefined) return goOn([bad], 'refused');
      const conflict = refusalOf(error, 409);
      if (conflict === undefined) throw error;
      const taken = await takenFrom(id, attributes, duplicateOf(conflict));
      if (taken.length === 0) throw movedMeanwhile();
      return goOn(taken, 'taken');
    }
  };

  const create = async (profile: NewProfile): ReturnType<WriteProfile['create']> => {
    const { attributes, hasEmail, withheld } = profile;
    const goOn = (name: Identifier, reason: WithheldIdentifier['reason']) =>
      create({
        hasEmail,
        attributes: without(attributes, [name]),
        withheld: [...withheld, because(reason)(name)],
      });
    try {
      return await write(attributes, withheld, (telling) =>
        klaviyo.call(endpoints.createProfile, { attributes }, connection, telling),
      );
    } catch (error) {
      const bad = malformed(error, attributes);
      if (bad !== undefined && present(attributes).length > 1) return goOn(bad, 'refused');
      const conflict = refusalOf(error, 409);
      if (conflict === undefined) throw error;
      const owner = await ownerOf(attributes, duplicateOf(conflict));
      if (owner === undefined) throw movedMeanwhile();
      const isTheirs =
        owner.by !== 'phone_number' ||
        mayMatchByPhone(owner.profile.attributes, { ...attributes, hasEmail });
      return isTheirs ? { kind: 'found', ...owner, withheld } : goOn('phone_number', 'taken');
    }
  };

  return { update: (id, attributes) => update(id, attributes, []), create };
};
