/** What jobs say of a profile, and what of it is news: the later word on each field counts. */

import type { ProfileAttributes } from '../../shared/klaviyo/index.ts';
import {
  identifiers as allIdentifiers,
  type Identifier,
  type ProfileCustomer,
  type ProfileLink,
} from '../../shared/people/contract/customer-memory.ts';
import {
  type FieldWord,
  type FieldWords,
  pathHashOf,
  readWords,
  timeOf,
  valueHashOf,
  writeWords,
} from '../../shared/people/contract/field-versions.ts';
import { compareWords, type WordTime } from '../../shared/people/contract/source-times.ts';
import { type Identity, isSame } from './identity.ts';
import { attributesOf, type Field, fieldsOf } from './profile-fields.ts';

/** What one job says, and when. */
export interface Statement {
  readonly attributes: ProfileAttributes;
  readonly time: WordTime;
}

interface Word extends Field, FieldWord {
  readonly pathHash: string;
}

/**
 * - `older`: something later was said of the field.
 * - `known`: the profile has it.
 * - `repeated`: the customer has said it before, and the profile may have got another since.
 * - `reserved`: the profile carries the external id of another customer, and keeps it.
 * - `news`: Klaviyo has to be told.
 */
type Verdict = 'older' | 'known' | 'repeated' | 'reserved' | 'news';

const identifierOf = ({ path }: Field): Identifier | undefined =>
  allIdentifiers.find((name) => name === path);

const wordsOf = ({ attributes, time }: Statement): Word[] =>
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
const isReserved = (link: ProfileLink, said: FieldWords, customerId: string): boolean =>
  link.foreignExternalId === true ||
  link.customers.some(
    (other) =>
      other.customerId !== customerId &&
      other.identifiers.external_id !== undefined &&
      other.identifiers.external_id === said.get(pathHashOf('external_id'))?.hash,
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
  remember(withheld: readonly Identifier[]): Pick<ProfileLink, 'said'> & {
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
  const said = readWords(link.said);
  const own = customerIn(link, customerId).identifiers;
  const externalIdIsReserved = isReserved(link, said, customerId);
  const latest = new Map(statements.flatMap(wordsOf).map((word) => [word.pathHash, word]));

  const judge = (word: Word): Verdict => {
    const before = said.get(word.pathHash);
    const identifier = identifierOf(word);
    if (before && compareWords(word, before) < 0) return 'older';
    if (before?.hash === word.hash) return 'known';
    if (identifier === undefined) return 'news';
    if (isSame(identifier, shown, { [identifier]: word.value })) return 'known';
    if (own[identifier] === word.hash) return 'repeated';
    return identifier === 'external_id' && externalIdIsReserved ? 'reserved' : 'news';
  };
  const judged = [...latest.values()].map((word) => ({ word, verdict: judge(word) }));
  const those = (verdict: Verdict) =>
    judged.filter((one) => one.verdict === verdict).map(({ word }) => word);
  /** What the profile has now. */
  const applied = (withheld: readonly Identifier[]): Word[] => [
    ...those('known'),
    ...those('news').filter(({ path }) => !withheld.some((name) => name === path)),
  ];

  return {
    attributes: attributesOf(those('news')),
    shared: attributesOf([...those('known'), ...those('news')]),
    reserved: those('reserved').flatMap((word) => identifierOf(word) ?? []),
    isOutdated: (statement) =>
      wordsOf(statement).every((word) => {
        const before = said.get(word.pathHash);
        return before !== undefined && compareWords(word, before) < 0;
      }),
    has(identifier, value, withheld) {
      const pathHash = pathHashOf(identifier);
      const now = applied(withheld).find((word) => word.pathHash === pathHash);
      return (now ?? said.get(pathHash))?.hash === valueHashOf(identifier, value);
    },
    remember(withheld) {
      const words = new Map<string, FieldWord>(said);
      for (const { pathHash, hash, ...word } of applied(withheld))
        words.set(pathHash, { hash, ...timeOf(word) });
      const identifiers = { ...own };
      for (const word of applied(withheld)) {
        const identifier = identifierOf(word);
        if (identifier === undefined) continue;
        if (word.value === null) delete identifiers[identifier];
        else identifiers[identifier] = word.hash;
      }
      return { said: writeWords(words), identifiers };
    },
  };
};
