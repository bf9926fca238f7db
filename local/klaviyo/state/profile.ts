/** A profile as the simulator keeps it, and what a write does to it. */

/** The identifiers that no two profiles share, in the order in which Klaviyo resolves them. */
export const identifierNames = ['email', 'phone_number', 'external_id', 'anonymous_id'] as const;
export type IdentifierName = (typeof identifierNames)[number];
export type Identifiers = { [Name in IdentifierName]?: string };

export type Channel = 'email' | 'sms';

export interface Consent {
  state: 'SUBSCRIBED' | 'UNSUBSCRIBED' | 'NEVER_SUBSCRIBED';
  givenAtMs?: number;
  changedAtMs?: number;
  source?: string;
  doubleOptIn?: boolean;
}

/** Why no mail is sent, in Klaviyo's words. */
export const suppressionReasons = [
  'HARD_BOUNCE',
  'INVALID_EMAIL',
  'SPAM_COMPLAINT',
  'UNSUBSCRIBE',
  'USER_SUPPRESSED',
] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

type Fields = Record<string, unknown>;

export interface Profile {
  readonly id: string;
  readonly createdMicros: number;
  updatedMicros: number;
  /** The whole second of `updated` that filters and sorting know: it may lag behind. */
  indexedUpdatedSeconds: number | undefined;
  /** Which change the index has caught up with: changes may be indexed out of order. */
  indexedChange: number;
  lastEventMs: number | undefined;
  identifiers: Identifiers;
  fields: Fields;
  location: Fields;
  properties: Fields;
  readonly consent: Record<Channel, Consent>;
  suppressions: { readonly reason: SuppressionReason; readonly atMs: number }[];
  listSuppressions: { readonly listId: string; readonly atMs: number }[];
}

/** The attributes of a write, as they come over the wire. Null clears, absence leaves. */
export type ProfileWrite = { readonly [name: string]: unknown } & {
  readonly [Name in IdentifierName]?: string | null | undefined;
} & {
  readonly location?: Fields | null | undefined;
  readonly properties?: Fields | null | undefined;
};

export interface PropertiesPatch {
  readonly append?: Fields | null | undefined;
  readonly unappend?: Fields | null | undefined;
  readonly unset?: string | readonly string[] | null | undefined;
}

/** An identifier in the form in which two spellings are one. */
export const normalIdentifier = (name: IdentifierName, value: string): string =>
  name === 'email' ? value.trim().toLowerCase() : value.trim();

/** The identifiers that a write names, normalised. */
export const identifiersOf = (write: ProfileWrite): Identifiers => {
  const found: Identifiers = {};
  for (const name of identifierNames) {
    const value = write[name];
    if (typeof value === 'string') found[name] = normalIdentifier(name, value);
  }
  return found;
};

const merged = (current: Fields, changes: Fields | null | undefined): Fields => {
  if (changes === null) return {};
  const result = { ...current };
  for (const [name, value] of Object.entries(changes ?? {})) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = value;
  }
  return result;
};

const asList = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

const same = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

/** Applies `meta.patch_properties`: adds to lists, takes from lists, removes properties. */
const patched = (properties: Fields, patch: PropertiesPatch | undefined): Fields => {
  const result = { ...properties };
  for (const [name, value] of Object.entries(patch?.append ?? {})) {
    result[name] = [...asList(result[name]), ...asList(value)];
  }
  for (const [name, value] of Object.entries(patch?.unappend ?? {})) {
    const gone = asList(value);
    result[name] = asList(result[name]).filter((item) => !gone.some((other) => same(item, other)));
  }
  for (const name of asList(patch?.unset ?? undefined)) delete result[String(name)];
  return result;
};

/** Klaviyo keeps no blanks around the text of an attribute. Properties stay as they are. */
const trimmed = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value);

const trimmedAll = (entries: [string, unknown][]): Fields =>
  Object.fromEntries(entries.map(([name, value]) => [name, trimmed(value)]));

const apart = new Set<string>([...identifierNames, 'location', 'properties', 'meta', '_kx']);

/** Changes the profile's attributes. Identifiers are taken as given: ownership is checked before. */
export const applyWrite = (
  profile: Profile,
  write: ProfileWrite,
  patch?: PropertiesPatch | undefined,
): void => {
  const identifiers = { ...profile.identifiers, ...identifiersOf(write) };
  for (const name of identifierNames) if (write[name] === null) delete identifiers[name];
  profile.identifiers = identifiers;
  const scalars = Object.entries(write).filter(([name]) => !apart.has(name));
  profile.fields = merged(profile.fields, trimmedAll(scalars));
  profile.location = merged(
    profile.location,
    write.location && trimmedAll(Object.entries(write.location)),
  );
  profile.properties = patched(merged(profile.properties, write.properties), patch);
};
