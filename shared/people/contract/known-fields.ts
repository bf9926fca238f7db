/**
 * A profile field by field, as hashes: enough to tell whether two states differ and where, and no
 * personal data. All of it is kept as text: fixed-width entries, in the order of their paths.
 *
 * Two of these say what the other system knows of a profile: what it was last told, and over it
 * what it has sent itself since. Klaviyo showing just that is an echo; anything else is news.
 */
import { contentHashOf } from './links.ts';

const pathWidth = 6;
const valueWidth = 8;
/** Epoch seconds in base 36: enough up to the year 4453. */
const timeWidth = 7;
const shownWidth = pathWidth + valueWidth;
const sentWidth = shownWidth + timeWidth;
/** The value of a field that was sent as null. */
const cleared = '.'.repeat(valueWidth);

/**
 * What a job of ours can send, or a person change. All else is Klaviyo's own: times, predictions,
 * ids that it assigns, hashes of addresses, and whatever a later revision adds.
 */
const ofThePerson = new Set([
  'email',
  'phone_number',
  'external_id',
  'first_name',
  'last_name',
  'organization',
  'title',
  'image',
  'locale',
  'location',
  'properties',
  'subscriptions',
]);

/** Klaviyo keeps names with this mark to itself: `$consent`, `$source`, `$event_id` and the like. */
const isReserved = (property: string): boolean => property.startsWith('$');

type Attributes = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Attributes =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/** Consent without what follows from it, or is there before anybody has chosen anything. */
const consentOnly = (value: unknown): unknown => {
  if (value === false || value === 'NEVER_SUBSCRIBED' || value === 'NEVER SUBSCRIBED') return null;
  if (Array.isArray(value)) return value.map(consentOnly);
  if (!isObject(value)) return value;
  const kept = Object.entries(value)
    .filter(([name]) => !name.startsWith('can_receive'))
    .map(([name, inner]) => [name, consentOnly(inner)] as const)
    .filter(([, inner]) => !isBlank(inner));
  return Object.fromEntries(kept);
};

/** Klaviyo shows coordinates as numbers or as text, whichever was sent, and text without blanks. */
const normal = (name: string, value: unknown): unknown => {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return value;
  return name === 'email' ? value.trim().toLowerCase() : value.trim();
};

/** The fields with their values, the members of `properties` and `location` one by one. */
function* leavesOf(attributes: Attributes): Generator<[path: string, value: unknown]> {
  for (const [name, value] of Object.entries(attributes)) {
    if (!ofThePerson.has(name)) continue;
    if (name === 'properties' && isObject(value)) {
      for (const [key, inner] of Object.entries(value))
        if (!isReserved(key)) yield [`properties.${key}`, inner];
    } else if (name === 'location' && isObject(value))
      for (const [key, inner] of Object.entries(value))
        yield [`location.${key}`, normal(key, inner)];
    else if (name === 'subscriptions') yield [name, consentOnly(value)];
    else yield [name, normal(name, value)];
  }
}

const pathHash = (path: string) => contentHashOf(path).slice(0, pathWidth);
const valueHash = (value: unknown) => contentHashOf(value).slice(0, valueWidth);

const write = (entries: ReadonlyMap<string, string>): string =>
  [...entries.keys()]
    .toSorted()
    .map((path) => path + entries.get(path))
    .join('');

const read = (text: string, width: number): Map<string, string> => {
  const entries = new Map<string, string>();
  for (let start = 0; start < text.length; start += width)
    entries.set(text.slice(start, start + pathWidth), text.slice(start + pathWidth, start + width));
  return entries;
};

const secondsOf = (ms: number): number => Math.floor(ms / 1_000);

/**
 * The state of a profile as Klaviyo shows it. Equal for equal states; blank fields do not count, nor
 * does a property `company_id` that is the Klaviyo account's own id: some writes leave it behind.
 */
export const fieldsShown = (attributes: Attributes, accountId?: string): string => {
  const entries = new Map<string, string>();
  for (const [path, value] of leavesOf(attributes)) {
    const isAccount = path === 'properties.company_id' && value === accountId;
    if (!isBlank(value) && !isAccount) entries.set(pathHash(path), valueHash(value));
  }
  return write(entries);
};

/** What was sent to a profile so far, with one more write laid over it: each field with its time. */
export const withFieldsSent = (
  sent: string | undefined,
  attributes: Attributes,
  atMs: number,
): string => {
  const entries = read(sent ?? '', sentWidth);
  const time = secondsOf(atMs).toString(36).padStart(timeWidth, '0');
  for (const [path, value] of leavesOf(attributes)) {
    if (value === undefined) continue;
    entries.set(pathHash(path), (isBlank(value) ? cleared : valueHash(value)) + time);
  }
  return write(entries);
};

/** A state of a profile, and when Klaviyo says that it came about. */
export interface FieldsAt {
  readonly fields: string;
  /** Epoch milliseconds. */
  readonly updatedMs: number;
}

/**
 * What the other system would see in this state of a profile, if there were nothing new in it: what
 * it was told, with what it has sent since laid over it. Of its own writes
 * - those up to the second of `told` are part of what it was told,
 * - those later than `shown` make the field's value of no interest: it is overwritten already.
 */
export const fieldsKnown = (
  told: FieldsAt | undefined,
  sent: string | undefined,
  shown: FieldsAt,
): string => {
  const entries = read(told?.fields ?? '', shownWidth);
  const now = read(shown.fields, shownWidth);
  const toldSeconds = told === undefined ? -1 : secondsOf(told.updatedMs);
  for (const [path, value] of read(sent ?? '', sentWidth)) {
    const seconds = Number.parseInt(value.slice(valueWidth), 36);
    if (seconds <= toldSeconds) continue;
    const later = seconds > secondsOf(shown.updatedMs);
    const hash = later ? now.get(path) : value.slice(0, valueWidth);
    if (hash === undefined || hash === cleared) entries.delete(path);
    else entries.set(path, hash);
  }
  return write(entries);
};
