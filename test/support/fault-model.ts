/** What a shop's Klaviyo account has to hold once its jobs are done, whatever happened on the way. */
import { type FaultJob, listNames, type SoundJob } from './fault-jobs.ts';
import type { Sequel } from './fault-sequels.ts';

export interface ShopState {
  /** By e-mail address: the attributes, and the lists that the profile is on. */
  readonly profiles: Map<string, unknown>;
  /** By metric and unique id. */
  readonly events: Map<string, unknown>;
  /** By e-mail address, and list or channel: whether mails or texts may be sent. */
  readonly consents: Map<string, boolean>;
}

interface Word {
  readonly about: string;
  readonly type: string;
  /** Undefined: account-wide. */
  readonly list?: string | undefined;
  readonly channels: readonly string[];
}

const channels = ['email', 'sms'] as const;
const granting = 'list.subscribe';

const latestFirst = (a: SoundJob, b: SoundJob) =>
  (b.occurredAt ?? '').localeCompare(a.occurredAt ?? '');

/** What the jobs say of memberships and consents: list jobs, and customers who join or leave. */
const wordsOf = (job: SoundJob): Word[] => {
  if (job.type === 'customer.upsert') {
    const { join = [], leave = [] } = job.lists ?? {};
    const about = job.customer.email ?? '';
    const word = (type: string) => (ref: object) => ({
      ...{ about, type, list: Object.values(ref)[0], channels: [] },
    });
    const wide = job.subscribe === true ? [{ about, type: granting, channels }] : [];
    return [...join.map(word('list.add')), ...leave.map(word('list.remove')), ...wide];
  }
  if (!('person' in job) || job.type === 'event.track' || job.type === 'event.confirm') return [];
  const list = job.list !== undefined && 'name' in job.list ? job.list.name : undefined;
  const named = 'channels' in job ? job.channels : undefined;
  const about = job.person.email ?? '';
  return [{ about, type: job.type, list, channels: named ?? ['email'] }];
};

const eventsOf = (job: SoundJob): [string, unknown][] => {
  const timeSeconds = Math.floor(Date.parse(job.occurredAt ?? '') / 1_000);
  if (job.type === 'event.track') {
    const { person, metric, uniqueId, value } = job;
    return [[`${metric} ${uniqueId}`, { email: person.email, timeSeconds, value }]];
  }
  if (job.type !== 'transaction.placed') return [];
  const { transactionId, total, customer, lines } = job.transaction;
  const common = { email: customer.email, timeSeconds };
  const order = [`Placed Order ${transactionId}`, { ...common, value: total }] as const;
  const products = lines.map(({ lineId, quantity, unitPrice }) => {
    const value = Math.round(quantity * unitPrice * 100) / 100;
    return [`Ordered Product ${transactionId}:${lineId}`, { ...common, value }] as const;
  });
  return [order, ...products].map(([id, event]) => [id, event]);
};

/**
 * The newest of everything, computed from the jobs alone, and from who has opted out in Klaviyo
 * since: of them nothing that was said before counts.
 */
export const stateAfter = (
  jobs: readonly FaultJob[],
  sequels: readonly Pick<Sequel, 'email' | 'happens'>[],
): ShopState => {
  const state: ShopState = { profiles: new Map(), events: new Map(), consents: new Map() };
  const sound = jobs.flatMap(({ job }) => job ?? []).sort(latestFirst);
  const optedOut = new Set(
    sequels.flatMap(({ email, happens }) => (happens === 'opted_out' ? [email] : [])),
  );
  const words = sound
    .flatMap(wordsOf)
    .filter(({ about, type }) => type !== granting || !optedOut.has(about));
  const isOn = (email: string, list: string): boolean => {
    const last = words.find((word) => word.about === email && word.list === list);
    return last?.type === 'list.add' || last?.type === 'list.subscribe';
  };
  for (const job of sound) {
    for (const [id, event] of eventsOf(job)) state.events.set(id, event);
    if (job.type !== 'customer.upsert' || state.profiles.has(job.customer.email ?? '')) continue;
    const { customerId, email, phoneNumber, firstName, lastName, location, properties } =
      job.customer;
    const lists = listNames.filter((list) => isOn(email ?? '', list));
    const fields = { firstName, lastName, city: location?.city, points: properties?.points };
    state.profiles.set(email ?? '', { externalId: customerId, phoneNumber, ...fields, lists });
  }
  for (const email of state.profiles.keys()) {
    const consents = words.filter(
      ({ about, type }) => about === email && type.endsWith('subscribe'),
    );
    const ofEmail = consents.filter((word) => word.channels.includes('email'));
    for (const list of listNames) {
      const last = ofEmail.find((word) => word.list === list);
      const wasRemoved = words.some(
        (word) => word.about === email && word.list === list && word.type === 'list.remove',
      );
      // Who has been removed is no member, whom a `list.unsubscribe` does not concern; and a
      // consent to one list is one for the account, which says nothing of the others.
      const isOpen = last === undefined ? ofEmail.length > 0 : last.type !== granting && wasRemoved;
      if (!isOpen) state.consents.set(`${email} ${list}`, last?.type === granting);
    }
    for (const channel of channels) {
      // A number has one consent for all lists; what mails of a list may be sent is told above.
      const last = consents.find(
        (word) => word.channels.includes(channel) && (channel === 'sms' || word.list === undefined),
      );
      if (last !== undefined || optedOut.has(email))
        state.consents.set(`${email} ${channel}`, last?.type === granting);
    }
  }
  return state;
};

/** In words, whatever is missing, too much, or other than it has to be. */
export const differencesOf = (observed: ShopState, expected: ShopState): string[] =>
  (['profiles', 'events', 'consents'] as const).flatMap((kind) => {
    const keys = new Set([...expected[kind].keys(), ...observed[kind].keys()]);
    return [...keys].flatMap((key) => {
      const [is, hasToBe] = [observed, expected].map((state) =>
        JSON.stringify(state[kind].get(key)),
      );
      return is === hasToBe ? [] : [`${kind}: ${key} is ${is} and has to be ${hasToBe}`];
    });
  });
