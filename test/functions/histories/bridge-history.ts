/** A random history of both sides: what customers say by jobs, and what happens in Klaviyo. */
import { expect } from 'vitest';
import { createRandom } from '../../support/seeded-random.ts';
import type { BridgeWorld, Queue, Sent } from './bridge-world.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const steps = 14;

interface Person {
  readonly emails: readonly string[];
  readonly phones: readonly string[];
  /** Whether they ever agree to be written to. */
  readonly subscribes: boolean;
}

const home = '+447700900301';
/** Two share a telephone, two an e-mail address. Of each pair only one ever subscribes. */
export const people: Readonly<Record<string, Person>> = {
  ann: { emails: ['ann@example.com', 'ann.new@example.com'], phones: [home], subscribes: true },
  ben: { emails: ['ben@example.com'], phones: [home, '+447700900302'], subscribes: false },
  cat: {
    emails: ['cat@example.com', 'cat.new@example.com'],
    phones: ['+447700900303'],
    subscribes: true,
  },
  dan: { emails: ['cat@example.com', 'dan@example.com'], phones: [home], subscribes: false },
};
export const customerIds = Object.keys(people);

/** A statement about a consent to mail: who said it, and when. */
export interface ConsentStatement {
  readonly by: string;
  readonly on: boolean;
  readonly atMs: number;
  /** Where it was said in Klaviyo: of a profile there. */
  readonly profileId?: string;
}

export interface SaidEvent {
  readonly by: string;
  readonly uniqueId: string;
}

type Random = ReturnType<typeof createRandom>;
interface Waiting {
  readonly sent: Sent;
  readonly dueMs: number;
}

export const playHistory = async (world: BridgeWorld, seed: number) => {
  const random: Random = createRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const chance = (share: number) => random() < share;
  const said: Sent[] = [];
  const statements: ConsentStatement[] = [];
  const events: SaidEvent[] = [];
  /** Pairs of customers whose profiles somebody has merged. */
  const merged: [string, string][] = [];
  const mergedProfiles: { readonly ids: readonly string[]; readonly atMs: number }[] = [];
  /** Customers whose profile was deleted, and when. */
  const deleted: { readonly by: string; readonly atMs: number }[] = [];
  const instances = [world.createInstance(), world.createInstance()];
  let waiting: Waiting[] = [];

  const say = (queue: Queue, message: object) => {
    const sent = world.said(queue, message);
    said.push(sent);
    return sent;
  };
  const change = (by: string) => {
    const { emails, phones, subscribes } = people[by] as Person;
    const isSubscribed = subscribes && chance(0.4);
    const customer = {
      customerId: by,
      ...(chance(0.7) && { email: pick(emails) }),
      ...(chance(0.6) && { phoneNumber: pick(phones) }),
      ...(chance(0.5) && { firstName: `f${said.length}` }),
      ...(chance(0.3) && { properties: { [pick(['size', 'tier'])]: said.length } }),
    };
    if (isSubscribed) statements.push({ by, on: true, atMs: world.now() });
    return say('customers', {
      type: 'customer.upsert',
      customer,
      ...(isSubscribed ? { subscribe: true } : chance(0.2) ? { subscribe: false } : {}),
    });
  };
  const consent = (by: string) => {
    const { emails, subscribes } = people[by] as Person;
    const person = { ...(chance(0.5) && { customerId: by }), email: emails[0] };
    const on = subscribes && chance(0.6);
    statements.push({ by, on, atMs: world.now() });
    return say('lists', { type: on ? 'list.subscribe' : 'list.unsubscribe', person });
  };
  const event = (by: string) => {
    const { emails, phones } = people[by] as Person;
    const uniqueId = `event-${events.length}`;
    events.push({ by, uniqueId });
    const person = {
      customerId: by,
      ...(chance(0.5) && { email: pick(emails) }),
      ...(chance(0.5) && { phoneNumber: pick(phones) }),
    };
    return say('events', { type: 'event.track', metric: 'Rated', uniqueId, person });
  };

  const deliver = async (batch: readonly Sent[]) => {
    const half = Math.ceil(batch.length / 2);
    const parts = chance(0.3) ? [batch.slice(0, half), batch.slice(half)] : [batch];
    const run = async (part: readonly Sent[], index: number) => {
      const outcomes = await instances[index]?.(part);
      for (const [at, sent] of part.entries()) {
        const outcome = outcomes?.[at];
        const isLetter = outcome?.kind === 'refused' && outcome.reason === 'unknown_person';
        if (outcome?.kind === 'later')
          waiting.push({ sent, dueMs: world.now() + Math.max(1, outcome.waitMs) });
        else if (outcome?.kind === 'retry') waiting.push({ sent, dueMs: world.now() + minuteMs });
        // A list job of somebody whom Klaviyo does not know ends as a dead letter, which is told.
        else if (isLetter && sent.queue === 'lists') continue;
        else if (outcome?.kind !== 'delivered' && outcome?.kind !== 'superseded')
          throw new Error(`${sent.queue} ${sent.job.body} ended as ${JSON.stringify(outcome)}`);
      }
    };
    await Promise.all(parts.map(run));
    waiting.push(...world.takePublished());
  };
  /** Gives out what is due, for as long as there is any. */
  const deliverDue = async (whole: boolean) => {
    for (let rounds = 0; waiting.length > 0; rounds += 1) {
      expect(rounds).toBeLessThan(200);
      const nextMs = Math.min(...waiting.map(({ dueMs }) => dueMs));
      if (nextMs > world.now() && !whole) return;
      world.pass(Math.max(0, nextMs - world.now()));
      const due = waiting.filter(({ dueMs }) => dueMs <= world.now());
      waiting = waiting.filter(({ dueMs }) => dueMs > world.now());
      await deliver(due.map(({ sent }) => sent));
    }
  };

  const ownersOf = async (profileId: string) => {
    const owners: string[] = [];
    for (const id of customerIds)
      if ((await world.linkOf(id))?.profileId === profileId) owners.push(id);
    return owners;
  };
  const inKlaviyo = async () => {
    // What is on its way at this very minute cannot be told from what a person says.
    await deliverDue(true);
    world.pass(11 * minuteMs);
    const account = world.account();
    const profile = pick(account.profiles());
    if (profile === undefined) return;
    const other = pick(account.profiles());
    const owners = await ownersOf(profile.id);
    const act = random();
    if (act < 0.3) {
      for (const by of owners) deleted.push({ by, atMs: world.now() });
      account.deleteProfile(profile.id);
    } else if (act < 0.45 && other.id !== profile.id) {
      const all = [...owners, ...(await ownersOf(other.id))];
      for (const by of all) merged.push([all[0] as string, by]);
      if (owners.length === 0 || all.length === owners.length) return;
      account.mergeProfiles(profile.id, other.id);
      mergedProfiles.push({ ids: [profile.id, other.id], atMs: world.now() });
    } else if (act < 0.8) {
      account.optOut(profile.id);
      for (const by of owners)
        statements.push({ by, on: false, atMs: world.now(), profileId: profile.id });
    } else account.changeProfile(profile.id, { title: 'edited' });
    world.pass(act < 0.45 ? dayMs + minuteMs : 11 * minuteMs);
  };

  const exchangeAt = chance(0.3) ? Math.floor(steps * (0.3 + random() / 2)) : undefined;
  for (let step = 0; step < steps; step += 1) {
    world.pass(2 * minuteMs);
    if (step === exchangeAt) {
      await deliverDue(true);
      world.exchangeAccount();
    }
    const by = pick(customerIds);
    const fresh = pick([change, change, change, consent, event])(by);
    // Some come late, and some once more: out of order, and repeated.
    const again = said.filter((one) => one !== fresh && chance(0.15));
    await deliver([...(chance(0.8) ? [fresh] : []), ...again]);
    await deliverDue(false);
    if (chance(0.3)) await inKlaviyo();
  }
  await deliverDue(true);
  world.pass(dayMs + minuteMs);
  // In the end all have arrived, and all once more.
  for (const _ of [1, 2]) {
    await deliver(said.toSorted(() => random() - 0.5));
    await deliverDue(true);
  }
  return { world, said, statements, events, merged, mergedProfiles, deleted };
};

export type History = Awaited<ReturnType<typeof playHistory>>;
