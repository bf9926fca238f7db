/** From changes to requests: as few as Klaviyo's caps allow, and each person once in each. */
import {
  maxProfilesPerListChange,
  maxProfilesPerSubscribe,
  maxProfilesPerUnsubscribe,
} from '../../../shared/klaviyo/index.ts';
import { chunksOf } from '../../../shared/platform/chunks-of.ts';
import { type Channel, channels, type ListChange, ownerOf } from './list-change.ts';

/** One person in a request, with all the changes that this fulfils. */
export interface Row {
  readonly changes: readonly ListChange[];
  readonly profileId?: string | undefined;
  readonly email?: string | undefined;
  readonly phoneNumber?: string | undefined;
  readonly consentedAt?: string | undefined;
  readonly dateOfBirth?: string | undefined;
}

/** What the rows of a request have in common. */
interface RequestTerms {
  readonly action: 'add' | 'remove' | 'subscribe' | 'unsubscribe';
  readonly listId: string | undefined;
  /** None for add and remove, exactly one for subscribe: SMS has refusals of its own. */
  readonly channels: readonly Channel[];
  readonly customSource?: string | undefined;
  readonly historicalImport?: boolean | undefined;
}

export interface ListRequest extends RequestTerms {
  readonly rows: readonly Row[];
}

/** A row with the terms of its request, and what tells it from the other rows there. */
interface Placed {
  readonly terms: RequestTerms;
  readonly identity: string | undefined;
  readonly row: Row;
}

const addressOf = ({ kind, person }: ListChange): string | undefined =>
  kind === 'membership' ? undefined : person[kind]?.value;

/** Two spellings of one address are one. */
const normalAddressOf = (change: ListChange): string | undefined =>
  addressOf(change)?.trim().toLowerCase();

const membershipRow = (change: ListChange): Placed => {
  const profileId = ownerOf(change.kind, change.person);
  const action = change.on ? 'add' : 'remove';
  return {
    terms: { action, listId: change.listId, channels: [] },
    identity: profileId,
    row: { changes: [change], profileId },
  };
};

/** When the consent was given, as far as Klaviyo wants to know: for historical imports alone. */
const consentedAtOf = ({ job: { message, happenedByMs } }: ListChange): string | undefined =>
  message.type === 'list.subscribe' && message.historicalImport === true
    ? (message.consentedAt ?? new Date(happenedByMs).toISOString())
    : undefined;

/** For the consent to SMS alone, which it is asked for. */
const dateOfBirthOf = ({ kind, job: { message } }: ListChange): string | undefined =>
  kind === 'sms' && message.type === 'list.subscribe' ? message.dateOfBirth : undefined;

const subscribeRow = (change: ListChange, channel: Channel): Placed => {
  const { message } = change.job;
  const { customSource = undefined, historicalImport = undefined } =
    message.type === 'list.subscribe' ? message : {};
  const { listId } = change;
  // A number of nobody's goes with the e-mail address that it came with: both are one new profile.
  const email = change.person.sms?.profileId === undefined ? message.person.email : undefined;
  const addresses =
    channel === 'email' ? { email: addressOf(change) } : { phoneNumber: addressOf(change), email };
  return {
    terms: { action: 'subscribe', listId, channels: [channel], customSource, historicalImport },
    identity: normalAddressOf(change),
    row: {
      changes: [change],
      ...addresses,
      consentedAt: consentedAtOf(change),
      dateOfBirth: dateOfBirthOf(change),
    },
  };
};

const unsubscribeRow = (
  changes: readonly ListChange[],
  listId: string | undefined,
): Pick<Placed, 'terms' | 'row'> => {
  const [email, sms] = channels.map((channel) => changes.find(({ kind }) => kind === channel));
  const named = channels.filter((channel) => changes.some(({ kind }) => kind === channel));
  return {
    terms: { action: 'unsubscribe', listId, channels: named },
    row: {
      changes,
      email: email === undefined ? undefined : addressOf(email),
      phoneNumber: sms === undefined ? undefined : addressOf(sms),
    },
  };
};

/** A member is unsubscribed from the named list alone: from everything, it takes a second row. */
const unsubscribePlaces = (changes: readonly ListChange[]): Placed[] => {
  const listId = changes[0]?.listId;
  const ofList =
    listId === undefined ? [] : [{ ...unsubscribeRow(changes, listId), identity: undefined }];
  const everywhere = changes.filter(({ scope }) => scope === 'everywhere');
  if (everywhere.length === 0) return ofList;
  const ofAll = unsubscribeRow(everywhere, undefined);
  const identity = everywhere.map(normalAddressOf).toSorted().join();
  return [...ofList, { ...ofAll, identity }];
};

/** The list and the person, of whom one row says everything. */
const personKeyOf = ({ kind, person, listId }: ListChange): string => {
  const name =
    ownerOf(kind, person) ?? person.email?.value.trim().toLowerCase() ?? person.sms?.value;
  return JSON.stringify([listId, name]);
};

/** A person's unsubscriptions from one list go together; those of further addresses beside them. */
const unsubscribeRows = (changes: readonly ListChange[]): Placed[] =>
  [...Map.groupBy(changes, personKeyOf).values()].flatMap((ofPerson) => {
    const [emails = [], numbers = []] = channels.map((channel) => {
      const ofChannel = ofPerson.filter(({ kind }) => kind === channel);
      return [...Map.groupBy(ofChannel, normalAddressOf).values()];
    });
    const rowCount = Math.max(emails.length, numbers.length);
    return Array.from({ length: rowCount }, (_, index) =>
      unsubscribePlaces([...(emails[index] ?? []), ...(numbers[index] ?? [])]),
    ).flat();
  });

/** Rows of one person become one: Klaviyo is told of each person once. */
const withoutRepeats = (placed: readonly Placed[]): Row[] => {
  const groups = Map.groupBy(placed, (one) => one.identity ?? one);
  return [...groups.values()].map((same) => ({
    ...(same[0] as Placed).row,
    changes: same.flatMap(({ row }) => row.changes),
    dateOfBirth: same.find(({ row }) => row.dateOfBirth !== undefined)?.row.dateOfBirth,
  }));
};

const capOf = (action: RequestTerms['action'], shape: string): number => {
  if (action === 'subscribe') return maxProfilesPerSubscribe(shape);
  return action === 'unsubscribe' ? maxProfilesPerUnsubscribe : maxProfilesPerListChange;
};

/** The requests that carry out these changes, under the rules of a revision. */
export const toRequests = (changes: readonly ListChange[], shape: string): ListRequest[] => {
  const isOfMembership = ({ kind, scope }: ListChange) =>
    kind === 'membership' || scope === 'membership';
  const isLeaving = (change: ListChange) => !change.on && !isOfMembership(change);
  const placed = [
    ...changes.flatMap((change) => {
      if (isLeaving(change)) return [];
      return change.kind === 'membership' || isOfMembership(change)
        ? membershipRow(change)
        : subscribeRow(change, change.kind);
    }),
    ...unsubscribeRows(changes.filter(isLeaving)),
  ];
  const byTerms = Map.groupBy(placed, ({ terms }) => JSON.stringify(terms));
  return [...byTerms.values()].flatMap((group) => {
    const { terms } = group[0] as Placed;
    const chunks = chunksOf(withoutRepeats(group), capOf(terms.action, shape));
    return chunks.map((rows) => ({ ...terms, rows }));
  });
};
