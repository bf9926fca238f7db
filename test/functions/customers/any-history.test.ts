/**
 * Random histories of customers who share addresses, with what happens in Klaviyo meanwhile, checked
 * by what must never be: an address on another's profile, or one that is missing untold.
 */
import { describe, expect, test } from 'vitest';
import type { Customer, CustomersMessage } from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import { createRandom } from '../../support/seeded-random.ts';
import { type CustomersStage, dayMs, withLinksTable } from './customers-stage.ts';

const { start } = withLinksTable();

const people = ['c0', 'c1', 'c2', 'c3'];
const emails = ['a', 'b', 'c'].map((name) => `${name}@example.com`);
const phones = ['+447700900301', '+447700900302'];
const revisions = ['2023-10-15', '2026-07-15'];
const steps = 12;

/** Somebody whom the connection does not know, with a number that a customer has as well. */
const stranger = {
  email: 'stranger@example.com',
  phone_number: phones[0],
  external_id: 'somebody',
};

type History = Awaited<ReturnType<typeof play>>;

/** Plays a history; resolves to the stage and to what was said in it. */
const play = async (stage: CustomersStage, seed: number, inKlaviyo: boolean) => {
  const random = createRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const maybe = <T>(share: number, value: () => T): T | undefined =>
    random() < share ? value() : undefined;
  const said: Job<CustomersMessage>[] = [];
  const instances = [stage.run, stage.createInstance()];
  const customer = (): Partial<Customer> => {
    const fields = {
      email: maybe(0.6, () => pick(emails)),
      phoneNumber: maybe(0.5, () => pick(phones)),
      firstName: maybe(0.6, () => `${Math.floor(random() * 1_000)}`),
      title: maybe(0.4, () => `${Math.floor(random() * 1_000)}`),
    };
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    return { customerId: pick(people), ...Object.fromEntries(given) };
  };
  const deliver = async (jobs: readonly Job<CustomersMessage>[]): Promise<void> => {
    let left = [...jobs];
    for (let attempts = 0; left.length > 0; attempts += 1) {
      const outcomes = await pick(instances)(...left);
      for (const outcome of outcomes)
        expect(outcome?.kind).toMatch(/^(delivered|superseded|later)$/);
      left = left.filter((_, index) => outcomes[index]?.kind === 'later');
      stage.pass(1_000);
      expect(attempts).toBeLessThan(20);
    }
  };
  const [strangerId = ''] = stage.account.seedProfiles([{ attributes: stranger }]);
  const edit = () => {
    const known = stage.account.profiles().filter(({ id }) => id !== strangerId);
    if (known.length === 0) return;
    const [profile, other] = [pick(known), pick(known)];
    if (random() < 0.5) stage.account.deleteProfile(profile.id);
    else if (other.id !== profile.id) stage.account.mergeProfiles(profile.id, other.id);
    stage.pass(dayMs);
  };
  for (let step = 0; step < steps; step += 1) {
    stage.pass(60_000);
    const fresh = stage.job(customer());
    said.push(fresh);
    // Late, and once more: out of order, and repeated.
    if (random() < 0.8) await deliver([fresh, ...said.filter(() => random() < 0.15)]);
    if (inKlaviyo && random() < 0.3) edit();
  }
  const last = said.toSorted(() => random() - 0.5);
  await Promise.all([deliver(last.slice(0, 6)), deliver(last.slice(6))]);
  await deliver(last);
  const statements = (customerId: string) =>
    said
      .filter(({ message }) => message.customer.customerId === customerId)
      .map(({ message }) => message.customer);
  const customers = people.filter((id) => statements(id).length > 0);
  const profileIds = new Map<string, string>();
  for (const id of customers) profileIds.set(id, (await stage.linkOf(id))?.profileId ?? '');
  const owners = (profileId: string) => customers.filter((id) => profileIds.get(id) === profileId);
  expect(stage.account.profile(strangerId)).toMatchObject({ ...stranger, fields: {} });
  expect([...profileIds.values()]).not.toContain(strangerId);
  return { stage, said, statements, customers, profileIds, owners };
};

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

const each = async (inKlaviyo: boolean, check: (history: History) => Promise<void>) => {
  for (const seed of seeds) {
    await using stage = await start({
      revision: revisions[seed % revisions.length] ?? '',
    });
    const history = await play(stage, seed, inKlaviyo);
    await check(history).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
  }
};

/** No profile has an address that none of its customers has said. */
const expectOwnAddresses = ({ stage, statements, owners }: History) => {
  for (const profile of stage.account.profiles()) {
    const ids = owners(profile.id);
    if (ids.length === 0) continue;
    const own = ids.flatMap(statements);
    if (profile.email) expect(own.map(({ email }) => email)).toContain(profile.email);
    if (profile.phone_number)
      expect(own.map(({ phoneNumber }) => phoneNumber)).toContain(profile.phone_number);
  }
};

describe('whatever customers say, in whatever order it arrives', () => {
  test('nobody’s address ends on another’s profile', { timeout: 120_000 }, () =>
    each(false, async (history) => {
      const { stage, statements, customers, profileIds, owners } = history;
      expectOwnAddresses(history);
      for (const id of customers) {
        const mates = owners(profileIds.get(id) ?? '').filter((other) => other !== id);
        const own = new Set(statements(id).flatMap(({ email }) => email ?? []));
        // Only an e-mail address makes two customers one profile.
        for (const mate of mates) {
          const shared = statements(mate).some(({ email }) => email && own.has(email));
          expect(shared, `${id} and ${mate}`).toBe(true);
        }
        expect(stage.account.profile(profileIds.get(id) ?? ''), id).toBeDefined();
      }
    }),
  );

  test('each field is what one of the profile’s customers said later', { timeout: 120_000 }, () =>
    each(false, async ({ stage, said, profileIds, owners }) => {
      for (const profileId of new Set(profileIds.values())) {
        const ids = owners(profileId);
        const own = said
          .filter(({ message }) => ids.includes(message.customer.customerId))
          .toSorted((a, b) => a.occurredAtMs - b.occurredAtMs);
        const lastOf = (name: 'firstName' | 'title') =>
          own.findLast(({ message }) => message.customer[name] !== undefined)?.message.customer[
            name
          ];
        const { fields = {} } = stage.account.profile(profileId) ?? {};
        expect([fields.first_name, fields.title]).toEqual([lastOf('firstName'), lastOf('title')]);
      }
    }),
  );

  test('an address that a profile lacks is withheld, and told', { timeout: 120_000 }, () =>
    each(false, async ({ stage, statements, customers, profileIds, owners }) => {
      for (const id of customers) {
        if (owners(profileIds.get(id) ?? '').length > 1) continue; // another’s may be newer
        const profile = stage.account.profile(profileIds.get(id) ?? '');
        const { withheld = [] } = (await stage.linkOf(id)) ?? {};
        const pairs = [
          ['email', statements(id).findLast(({ email }) => email)?.email, profile?.email],
          [
            'phone_number',
            statements(id).findLast(({ phoneNumber }) => phoneNumber)?.phoneNumber,
            profile?.phone_number,
          ],
        ] as const;
        for (const [identifier, wanted, shown] of pairs) {
          if (wanted === undefined || wanted === shown) continue;
          expect(withheld, `${id} ${identifier}`).toContainEqual(
            expect.objectContaining({ identifier, reason: 'taken' }),
          );
          expect(stage.told).toContainEqual(
            expect.objectContaining({ customerId: id, identifier, reason: 'taken' }),
          );
        }
      }
    }),
  );

  test(
    'and whatever is deleted and merged in Klaviyo, every customer has a profile that is there',
    { timeout: 120_000 },
    () =>
      each(true, async ({ stage, customers, profileIds, statements }) => {
        for (const id of customers) {
          const profile = stage.account.profile(profileIds.get(id) ?? '');
          expect(profile, id).toBeDefined();
          // What was said last is there, unless a profile of several has a newer statement.
          expect(statements(id).length).toBeGreaterThan(0);
        }
        const calls = stage.simulator.countCalls({ endpoint: 'POST /api/profiles' });
        for (const id of customers) await stage.run(stage.job({ customerId: id }));
        expect(stage.simulator.countCalls({ endpoint: 'POST /api/profiles' })).toBe(calls);
      }),
  );
});
