/** What becomes of people in Klaviyo while the jobs are on their way, and what is said afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import type { CustomersMessage } from '../../shared/jobs/contract/messages.ts';
import { type FaultJob, listNames, type SoundJob } from './fault-jobs.ts';
import { emailOf, idOf, people, personOf } from './fault-people.ts';
import type { FaultStage } from './fault-stage.ts';
import { sendOver } from './fault-storm.ts';

export interface Sequel {
  readonly shop: string;
  readonly email: string;
  readonly happens: 'deleted' | 'opted_out' | 'opted_out_long_ago';
  /** Sent at once. */
  readonly atOnce: FaultJob;
  /** Sent when all else is done: a link that was seen within a day is believed until then. */
  readonly atLast?: FaultJob;
}

/** After all other jobs, and before people opt out in Klaviyo now. */
const occurredAt = '2026-02-01T00:00:00.000Z';
const longAgoMs = Date.UTC(2025, 5, 1);

const faultJob = (queue: FaultJob['queue'], job: SoundJob): FaultJob => ({
  ...{ queue, job, shop: job.connectionId, body: JSON.stringify(job) },
});

/** Says more than what may have been said before: that alone would not be written again. */
const upsert = (shop: string, who: number): CustomersMessage => ({
  ...{ connectionId: shop, type: 'customer.upsert', occurredAt },
  customer: {
    ...{ customerId: idOf(who), ...personOf(shop, who), firstName: 'New', lastName: 'Again' },
    ...{ location: { city: 'Elsewhere' }, properties: { points: 10_000 + who } },
  },
});

const orderOf = (shop: string, who: number): FaultJob =>
  faultJob('events', {
    ...{ connectionId: shop, type: 'transaction.placed', occurredAt },
    transaction: {
      ...{ transactionId: `last-${who}`, placedAt: occurredAt, total: who, currency: 'EUR' },
      customer: { customerId: idOf(who), email: emailOf(shop, who) },
      lines: [{ lineId: '0', name: 'Tea', quantity: 1, unitPrice: who }],
    },
  });

const subscribe = (shop: string, who: number): FaultJob =>
  faultJob('lists', {
    ...{ connectionId: shop, type: 'list.subscribe', occurredAt, list: { name: listNames[0] } },
    ...{ person: personOf(shop, who), channels: ['email', 'sms'] },
  });

export const sequelsOf = (shops: readonly string[]): Sequel[] =>
  shops.flatMap((shop) => [
    ...people.deleted.map((who) => ({
      ...{ shop, email: emailOf(shop, who), happens: 'deleted' as const },
      atOnce: faultJob('customers', upsert(shop, who)),
      atLast: orderOf(shop, who),
    })),
    ...people.leavers.map((who, index) => ({
      ...{ shop, email: emailOf(shop, who) },
      happens: index % 3 === 0 ? ('opted_out_long_ago' as const) : ('opted_out' as const),
      atOnce:
        index % 2 === 0
          ? subscribe(shop, who)
          : faultJob('customers', { ...upsert(shop, who), subscribe: true }),
    })),
  ]);

const happen = (
  { happens }: Sequel,
  account: ReturnType<KlaviyoSimulator['account']>,
  id: string,
): void => {
  if (happens === 'deleted') {
    account.deleteProfile(id);
    return;
  }
  const when = happens === 'opted_out' ? {} : { atMs: longAgoMs };
  // An event may have made the profile, without a number yet. They opt out of texts all the same, as
  // with a number that they had before.
  for (const channel of ['email', 'sms'] as const) account.optOut(id, { channel, ...when });
};

/** Happens to each once there is a profile, when `mayHappen` says so: it is asked every second. */
export const liveInKlaviyo = async (
  stage: FaultStage,
  sequels: readonly Sequel[],
  { mayHappen, untilMs }: { readonly mayHappen: () => boolean; readonly untilMs: number },
): Promise<void> => {
  const waiting = new Set(sequels);
  while (waiting.size > 0) {
    if (Date.now() > untilMs) {
      const missing = [...waiting].map(({ email }) => email);
      throw new Error(`${missing.length} people have no profile: ${missing.join(' ')}`);
    }
    await sleep(1_000);
    const happened: Sequel[] = [];
    for (const [shop, ofShop] of Map.groupBy(waiting, (one) => one.shop)) {
      const account = stage.klaviyo.account(shop);
      const ids = new Map(account.profiles().map(({ email, id }) => [email, id]));
      for (const sequel of ofShop) {
        const id = ids.get(sequel.email);
        if (id === undefined || !mayHappen()) continue;
        happen(sequel, account, id);
        waiting.delete(sequel);
        happened.push(sequel);
      }
    }
    await sendOver(
      stage,
      happened.map(({ atOnce }) => atOnce),
      0,
    );
  }
};
