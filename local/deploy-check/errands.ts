/** One job of each kind, and what it has to bring about in Klaviyo. */
import type {
  CustomersMessage,
  EventsMessage,
  ListsMessage,
} from '../../shared/jobs/contract/messages.ts';
import type { SimulatedAccount } from '../klaviyo/inspection.ts';
import type { AccountOptions } from '../klaviyo/state/account.ts';

export const connectionId = 'deploy-check';
export const privateKey = 'pk_deploycheck';

type Job = CustomersMessage | ListsMessage | EventsMessage;
/** All that producers send; `event.confirm` the bridge sends to itself. */
type JobType = Exclude<Job['type'], 'event.confirm'>;

interface Errand<T extends JobType> {
  readonly job: Extract<Job, { readonly type: T }>;
  readonly outcome: string;
  isDone(account: SimulatedAccount): boolean;
}

const emailOf = (name: string) => `${name}@example.com`;
const nowIso = new Date().toISOString();
const common = { connectionId, occurredAt: nowIso };

/** Each errand has a person and a list of its own, so that their order does not matter. */
const lists = ['Upserted', 'Added', 'Removed', 'Subscribed', 'Unsubscribed'] as const;
type ListName = (typeof lists)[number];

/** What the simulated account holds before. */
export const accountBefore: AccountOptions = {
  name: 'Deploy Check',
  privateKeys: [{ key: privateKey }],
  lists: lists.map((name) => ({ name, id: name })),
  profiles: [
    { attributes: { email: emailOf('bob') } },
    { attributes: { email: emailOf('cem') }, lists: ['Removed'] },
    { attributes: { email: emailOf('eve') }, subscribed: ['email'] },
  ],
};

export const profileOf = (account: SimulatedAccount, name: string) =>
  account.profiles().find(({ email }) => email === emailOf(name));
const isOn = (account: SimulatedAccount, name: string, list: ListName): boolean =>
  profileOf(account, name)?.lists.includes(list) ?? false;
const consentOf = (account: SimulatedAccount, name: string) =>
  profileOf(account, name)?.consent.email;

/** How many events of a metric the person has. */
const countEvents = (account: SimulatedAccount, name: string, metric: string): number => {
  const id = profileOf(account, name)?.id;
  return account.events().filter((one) => one.profileId === id && one.metric.name === metric)
    .length;
};

const line = { name: 'Tea', quantity: 1, unitPrice: 12.5 };

/** The customer whom somebody in Klaviyo changes afterwards. */
export const changedCustomer = { name: 'ann', customerId: 'customer-ann' };

export const errands: { readonly [T in JobType]: Errand<T> } = {
  'customer.upsert': {
    job: {
      ...common,
      type: 'customer.upsert',
      customer: {
        customerId: changedCustomer.customerId,
        email: emailOf(changedCustomer.name),
        firstName: 'Ann',
      },
      lists: { join: [{ name: 'Upserted' }] },
    },
    outcome: 'a profile with its name, on its list',
    isDone: (account) =>
      profileOf(account, 'ann')?.fields.first_name === 'Ann' && isOn(account, 'ann', 'Upserted'),
  },
  'list.add': {
    job: {
      ...common,
      type: 'list.add',
      list: { name: 'Added' },
      person: { email: emailOf('bob') },
    },
    outcome: 'the profile is on the list',
    isDone: (account) => isOn(account, 'bob', 'Added'),
  },
  'list.remove': {
    job: {
      ...common,
      type: 'list.remove',
      list: { name: 'Removed' },
      person: { email: emailOf('cem') },
    },
    outcome: 'the profile is off the list',
    isDone: (account) => !isOn(account, 'cem', 'Removed'),
  },
  'list.subscribe': {
    job: {
      ...common,
      type: 'list.subscribe',
      list: { name: 'Subscribed' },
      person: { email: emailOf('dee') },
      channels: ['email'],
    },
    outcome: 'consent is given, and the profile on the list',
    isDone: (account) =>
      consentOf(account, 'dee') === 'SUBSCRIBED' && isOn(account, 'dee', 'Subscribed'),
  },
  'list.unsubscribe': {
    job: {
      ...common,
      type: 'list.unsubscribe',
      list: { name: 'Unsubscribed' },
      person: { email: emailOf('eve') },
      channels: ['email'],
      scope: 'everywhere',
    },
    outcome: 'consent is withdrawn',
    isDone: (account) => consentOf(account, 'eve') === 'UNSUBSCRIBED',
  },
  'transaction.placed': {
    job: {
      ...common,
      type: 'transaction.placed',
      transaction: {
        transactionId: 'order-1',
        placedAt: nowIso,
        total: 25,
        currency: 'EUR',
        customer: { email: emailOf('fay') },
        lines: [
          { ...line, lineId: '1' },
          { ...line, lineId: '2' },
        ],
      },
    },
    outcome: 'one Placed Order, two Ordered Product',
    isDone: (account) =>
      countEvents(account, 'fay', 'Placed Order') === 1 &&
      countEvents(account, 'fay', 'Ordered Product') === 2,
  },
  'event.track': {
    job: {
      ...common,
      type: 'event.track',
      metric: 'Checked Deployment',
      uniqueId: 'event-1',
      properties: { colour: 'green' },
      person: { email: emailOf('gus') },
    },
    outcome: 'the event is recorded',
    isDone: (account) => countEvents(account, 'gus', 'Checked Deployment') === 1,
  },
};
