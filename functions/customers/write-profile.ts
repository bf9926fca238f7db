/** One customer's profile in Klaviyo: updated where it is known, found or created where not. */
import {
  type CallOptions,
  endpoints,
  findProfile,
  type KlaviyoClient,
  type KlaviyoConnection,
  KlaviyoRequestError,
  type Profile,
  type ProfileAttributes,
} from '../../shared/klaviyo/index.ts';

export interface WrittenProfile {
  readonly profile: Profile;
  /** Identifiers left out, because Klaviyo refuses them: another profile's, or malformed. */
  readonly withheld: readonly Identifier[];
}

const identifiers = ['email', 'phone_number', 'external_id'] as const;
type Identifier = (typeof identifiers)[number];

/** The calls that writing a profile needs, for one connection. */
interface Calls {
  create(attributes: ProfileAttributes): Promise<Profile>;
  update(id: string, attributes: ProfileAttributes): Promise<Profile>;
  read(id: string): Promise<Profile>;
  find(attributes: ProfileAttributes): Promise<Profile | undefined>;
}

export type WriteProfile = (
  profileId: string | undefined,
  attributes: ProfileAttributes,
  connection: KlaviyoConnection,
  options: CallOptions,
) => Promise<WrittenProfile>;

const refusalOf = (error: unknown, status: number): KlaviyoRequestError | undefined =>
  error instanceof KlaviyoRequestError && error.status === status ? error : undefined;

const duplicateOf = (conflict: KlaviyoRequestError): string | undefined =>
  conflict.problems.find(({ duplicateProfileId }) => duplicateProfileId)?.duplicateProfileId;

const without = (attributes: ProfileAttributes, names: readonly Identifier[]): ProfileAttributes =>
  Object.fromEntries(
    Object.entries(attributes).filter(([name]) => !names.includes(name as Identifier)),
  );

const present = (attributes: ProfileAttributes): Identifier[] =>
  identifiers.filter((name) => attributes[name] !== undefined && attributes[name] !== null);

/** The identifier that Klaviyo calls malformed, where the profile has another one left. */
const malformed = (error: unknown, attributes: ProfileAttributes): Identifier | undefined => {
  const pointers = refusalOf(error, 400)?.problems.map(({ pointer }) => pointer) ?? [];
  const named = present(attributes).find((name) => pointers.includes(`/data/attributes/${name}`));
  return present(attributes).length > 1 ? named : undefined;
};

/**
 * Writes the profile: linked ones are updated; for others, one is created, and where Klaviyo says
 * that it exists (409), that one is updated.
 * @throws KlaviyoError by what must happen next.
 */
export const createWriteProfile =
  ({ klaviyo }: { readonly klaviyo: KlaviyoClient }): WriteProfile =>
  async (profileId, attributes, connection, options) => {
    const calls = callsOf(klaviyo, connection, options);
    return writeTolerantly(calls, profileId, attributes, []);
  };

/** Writes; leaves out an identifier that Klaviyo calls malformed when there is another. */
const writeTolerantly = async (
  calls: Calls,
  profileId: string | undefined,
  attributes: ProfileAttributes,
  withheld: readonly Identifier[],
): Promise<WrittenProfile> => {
  try {
    return await write(calls, profileId, attributes, withheld);
  } catch (error) {
    const name = malformed(error, attributes);
    if (name === undefined) throw error;
    return writeTolerantly(calls, profileId, without(attributes, [name]), [...withheld, name]);
  }
};

const write = async (
  calls: Calls,
  profileId: string | undefined,
  attributes: ProfileAttributes,
  withheld: readonly Identifier[],
): Promise<WrittenProfile> => {
  if (profileId !== undefined)
    try {
      return await updateAround(calls, profileId, attributes, withheld);
    } catch (error) {
      if (refusalOf(error, 404) === undefined) throw error; // gone: it is created anew
    }
  try {
    return { profile: await calls.create(attributes), withheld };
  } catch (error) {
    const conflict = refusalOf(error, 409);
    if (conflict === undefined) throw error;
    const owner = duplicateOf(conflict) ?? (await calls.find(attributes))?.id;
    if (owner === undefined) throw error;
    return updateAround(calls, owner, attributes, withheld);
  }
};

/** Updates a profile, without the identifiers that turn out to be another profile's. */
const updateAround = async (
  calls: Calls,
  id: string,
  attributes: ProfileAttributes,
  withheld: readonly Identifier[],
): Promise<WrittenProfile> => {
  try {
    return { profile: await calls.update(id, attributes), withheld };
  } catch (error) {
    const conflict = refusalOf(error, 409);
    if (conflict === undefined) throw error;
    const taken = await takenFrom(calls, id, attributes, duplicateOf(conflict));
    if (taken.length === 0) throw error;
    return updateAround(calls, id, without(attributes, taken), [...withheld, ...taken]);
  }
};

/** Which of the identifiers belong to another profile than this one. */
const takenFrom = async (
  calls: Calls,
  id: string,
  attributes: ProfileAttributes,
  duplicateId: string | undefined,
): Promise<Identifier[]> => {
  if (duplicateId !== undefined && duplicateId !== id) {
    const owner = await calls.read(duplicateId);
    const shared = present(attributes).filter((name) =>
      same(owner.attributes[name], attributes[name]),
    );
    if (shared.length > 0) return shared;
  }
  const taken: Identifier[] = [];
  for (const name of present(attributes)) {
    const owner = await calls.find({ [name]: attributes[name] });
    if (owner !== undefined && owner.id !== id) taken.push(name);
  }
  return taken;
};

const same = (a: unknown, b: unknown): boolean =>
  typeof a === 'string' && typeof b === 'string' && a.toLowerCase() === b.toLowerCase();

const callsOf = (
  klaviyo: KlaviyoClient,
  connection: KlaviyoConnection,
  options: CallOptions,
): Calls => {
  const imports = connection.revision >= (endpoints.importProfile.since ?? '');
  const create = imports ? endpoints.importProfile : endpoints.createProfile;
  return {
    create: (attributes) => klaviyo.call(create, { attributes }, connection, options),
    update: (id, attributes) =>
      klaviyo.call(endpoints.updateProfile, { id, attributes }, connection, options),
    read: (id) => klaviyo.call(endpoints.getProfile, { id }, connection, options),
    async find(attributes) {
      for (const name of present(attributes)) {
        const value = attributes[name] ?? '';
        const found = await findProfile(klaviyo, name, value, connection, options);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
};
