/** What jobs say of a profile, and what of it is news: of each field the later statement counts. */

import type { ProfileAttributes } from '../../../shared/klaviyo/index.ts';
import {
  identifiers as allIdentifiers,
  type Identifier,
  type ProfileCustomer,
  type ProfileLink,
} from '../../../shared/people/contract/customer-memory.ts';
import {
  type FieldVersion,
  type FieldVersions,
  pathHashOf,
  readVersions,
  timeOf,
  valueHashOf,
  writeVersions,
} from '../../../shared/people/contract/field-versions.ts';
import {
  compareSourceTimes,
  type SourceTime,
} from '../../../shared/people/contract/source-times.ts';
import { type Identity, isSame } from './identity.ts';
import { attributesOf, type Field, fieldsOf } from './profile-fields.ts';

/** What one job says, and when. */
export interface Statement {
  readonly attributes: ProfileAttributes;
  readonly time: SourceTime;
}

/** A field as a statement gives it. */
interface StatedField extends Field, FieldVersion {
  readonly pathHash: string;
}

/**
 * - `older`: something later was said of the field.
 * - `known`: the profile has it.
 * - `repeated`: the customer has said it before, and the profile may have got another since.
 * - `reserved`: the profile carries the external id of another customer, and keeps it.
 * - `news`: Klaviyo has to be told.
 */
type Novelty = 'older' | 'known' | 'repeated' | 'reserved' | 'news';

const identifierOf = ({ path }: Field): Identifier | undefined =>
  allIdentifiers.find((name) => name === path);

const statedFieldsOf = ({ attributes, time }: Statement): StatedField[] =>
  fieldsOf(attributes).map((field) => ({
    ...field,
    ...timeOf(time),
    pathHash: pathHashOf(field.path),
    hash: valueHashOf(field.path, field.value),
  }));

export const customerIn = ({ customers }: ProfileLink, customerId: string): ProfileCustomer =>
  customers.find((one) => one.customerId === customerId) ?? {
    customerId,
    identifiers: {},
    subscribe: {},
  };

/** Whether the external id of the profile is another's, who is there to keep it. */
const isReserved = (link: ProfileLink, known: FieldVersions, customerId: string): boolean =>
  link.foreignExternalId === true ||
  link.customers.some(
    (other) =>
      other.customerId !== customerId &&
      other.identifiers.external_id !== undefined &&
      other.identifiers.external_id === known.get(pathHashOf('external_id'))?.hash,
  );

export interface FieldOrder {
  /** What has to be written. */
  readonly attributes: ProfileAttributes;
  /** What the customer says and the profile has by then: what has to be written, and what it had. */
  readonly shared: ProfileAttributes;
  /** Left out for another customer's sake. */
  readonly reserved: readonly Identifier[];
  /** Whether everything that this statement says is older than what is known. */
  isOutdated(statement: Statement): boolean;
  /** Whether the profile has this identifier of the customer's, once all but `withheld` is written. */
  has(identifier: Identifier, value: string, withheld: readonly Identifier[]): boolean;
  /** What is remembered once all but `withheld` is written. */
  remember(withheld: readonly Identifier[]): Pick<ProfileLink, 'fieldVersions'> & {
    readonly identifiers: ProfileCustomer['identifiers'];
  };
}

/**
 * Compares what jobs say, in their order, with what is remembered of the profile, and with what it
 * shows where it was read. An identifier is news only where it differs from what this customer said
 * last: what is repeated must not undo what another customer of the profile, or a merge, has brought.
 */
export const orderFields = (
  customerId: string,
  statements: readonly Statement[],
  link: ProfileLink,
  shown: Identity = {},
): FieldOrder => {
  const known = readVersions(link.fieldVersions);
  const own = customerIn(link, customerId).identifiers;
  const externalIdIsReserved = isReserved(link, known, customerId);
  const latest = new Map(
    statements.flatMap(statedFieldsOf).map((field) => [field.pathHash, field]),
  );

  const noveltyOf = (field: StatedField): Novelty => {
    const before = known.get(field.pathHash);
    const identifier = identifierOf(field);
    if (before && compareSourceTimes(field, before) < 0) return 'older';
    if (before?.hash === field.hash) return 'known';
    if (identifier === undefined) return 'news';
    if (isSame(identifier, shown, { [identifier]: field.value })) return 'known';
    if (own[identifier] === field.hash) return 'repeated';
    return identifier === 'external_id' && externalIdIsReserved ? 'reserved' : 'news';
  };
  const compared = [...latest.values()].map((field) => ({ field, novelty: noveltyOf(field) }));
  const those = (novelty: Novelty) =>
    compared.filter((one) => one.novelty === novelty).map(({ field }) => field);
  /** What the profile has now. */
  const applied = (withheld: readonly Identifier[]): StatedField[] => [
    ...those('known'),
    ...those('news').filter(({ path }) => !withheld.some((name) => name === path)),
  ];

  return {
    attributes: attributesOf(those('news')),
    shared: attributesOf([...those('known'), ...those('news')]),
    reserved: those('reserved').flatMap((field) => identifierOf(field) ?? []),
    isOutdated: (statement) =>
      statedFieldsOf(statement).every((field) => {
        const before = known.get(field.pathHash);
        return before !== undefined && compareSourceTimes(field, before) < 0;
      }),
    has(identifier, value, withheld) {
      const pathHash = pathHashOf(identifier);
      const now = applied(withheld).find((field) => field.pathHash === pathHash);
      return (now ?? known.get(pathHash))?.hash === valueHashOf(identifier, value);
    },
    remember(withheld) {
      const versions = new Map<string, FieldVersion>(known);
      for (const { pathHash, hash, ...field } of applied(withheld))
        versions.set(pathHash, { hash, ...timeOf(field) });
      const identifiers = { ...own };
      for (const field of applied(withheld)) {
        const identifier = identifierOf(field);
        if (identifier === undefined) continue;
        if (field.value === null) delete identifiers[identifier];
        else identifiers[identifier] = field.hash;
      }
      return { fieldVersions: writeVersions(versions), identifiers };
    },
  };
};
