import { describe, expect, test } from 'vitest';
import { orderFields, type Statement } from '../../../../functions/customers/rules/field-order.ts';
import { fieldsOf } from '../../../../functions/customers/rules/profile-fields.ts';
import { withCustomer } from '../../../../functions/customers/rules/written-memory.ts';
import type { ProfileAttributes } from '../../../../shared/klaviyo/index.ts';
import {
  noProfileLink,
  type ProfileLink,
} from '../../../../shared/people/contract/customer-memory.ts';
import { readVersions, writeVersions } from '../../../../shared/people/contract/field-versions.ts';
import { compareSourceTimes } from '../../../../shared/people/contract/source-times.ts';
import { createRandom } from '../../../support/seeded-random.ts';

interface Said extends Statement {
  readonly customerId: string;
}

/** Profiles as memory and Klaviyo have them after statements, in batches as they arrive. */
const arrive = (batches: readonly (readonly Said[])[]) => {
  let link: ProfileLink = noProfileLink;
  const klaviyo = new Map<string, unknown>();
  let writes = 0;
  for (const batch of batches)
    for (const [customerId, own] of Map.groupBy(batch, (said) => said.customerId)) {
      const statements = own.toSorted((a, b) => compareSourceTimes(a.time, b.time));
      const order = orderFields(customerId, statements, link);
      const fields = fieldsOf(order.attributes);
      for (const { path, value } of fields) klaviyo.set(path, value);
      writes += fields.length;
      const { fieldVersions, identifiers } = order.remember([]);
      const { subscribe } = { subscribe: {} };
      link = { ...withCustomer(link, { customerId, identifiers, subscribe }), fieldVersions };
    }
  return { klaviyo: Object.fromEntries([...klaviyo].toSorted()), writes, link };
};

/** Of each field what was said last: that is all there is to it. */
const modelOf = (all: readonly Said[]) => {
  const fields = all
    .toSorted((a, b) => compareSourceTimes(a.time, b.time))
    .flatMap(({ attributes }) => fieldsOf(attributes));
  return Object.fromEntries(
    [...new Map(fields.map(({ path, value }) => [path, value] as const))].toSorted(),
  );
};

const values = ['x', 'y', 7, null, ['a'], { b: 1 }];

const randomHistory = (seed: number, customers: number) => {
  const random = createRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const some = (names: readonly string[]) =>
    Object.fromEntries(names.filter(() => random() < 0.4).map((name) => [name, pick(values)]));
  const all = Array.from({ length: 3 + Math.floor(random() * 8) }, (_, n): Said => {
    const attributes = {
      ...some(['first_name', 'last_name', 'title']),
      location: some(['city', 'zip']),
      properties: some(['a', 'b', 'c.d', '__proto__x']),
      ...(customers === 1 && random() < 0.5 ? { email: `${pick(['a', 'b'])}@example.com` } : {}),
    } as ProfileAttributes;
    const customerId = `c${Math.floor(random() * customers)}`;
    // Statements of a clock that is ahead share a time: what tells them apart is beside it.
    const time = random() < 0.3 ? { occurredAtMs: 50, aheadMs: n } : { occurredAtMs: n - 4 };
    return { customerId, attributes, time };
  });
  const repeated = [...all, ...all.filter(() => random() < 0.3)];
  const shuffled = repeated.toSorted(() => random() - 0.5);
  const batches: Said[][] = [[]];
  for (const said of shuffled) {
    if (random() < 0.5) batches.push([]);
    batches.at(-1)?.push(said);
  }
  return { all, batches };
};

describe.each([1, 2, 3])('what %d customers of one profile say', (customers) => {
  test('counts by field, the later statement, in whatever order it arrives and however often', () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const { all, batches } = randomHistory(seed, customers);
      const { klaviyo } = arrive(batches);
      expect(klaviyo, `seed ${seed}`).toEqual(modelOf(all));
    }
  });

  test('is not written again once it is known', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const { batches } = randomHistory(seed, customers);
      const once = arrive(batches);
      const again = arrive([...batches, ...batches]);
      expect(again.writes, `seed ${seed}`).toBe(once.writes);
      expect(again.link.fieldVersions, `seed ${seed}`).toEqual(once.link.fieldVersions);
    }
  });
});

describe('times of statements', () => {
  const said = (attributes: object, occurredAtMs: number): Said => ({
    customerId: 'c1',
    attributes,
    time: { occurredAtMs },
  });

  test('that are the same are remembered once', () => {
    const whole = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`p${n}`, n]));
    const { link } = arrive([
      [said({ properties: whole }, 1)],
      [said({ properties: whole }, 2)],
      [said({ title: 'Dr' }, 3)],
    ]);
    expect(
      link.fieldVersions.map(({ occurredAtMs, fields }) => [occurredAtMs, fields.length]),
    ).toEqual([
      [2, 20 * 14],
      [3, 14],
    ]);
    expect(writeVersions(readVersions(link.fieldVersions))).toEqual(link.fieldVersions);
  });

  test.each([0, -62_135_596_800_000])('of %d are times: something was said', (occurredAtMs) => {
    const { klaviyo } = arrive([
      [said({ title: 'Newer' }, occurredAtMs)],
      [said({ title: 'Older' }, occurredAtMs - 1)],
    ]);
    expect(klaviyo).toEqual({ title: 'Newer' });
  });
});
