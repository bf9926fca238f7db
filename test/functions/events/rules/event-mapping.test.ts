import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineUniqueId, toEvents } from '../../../../functions/events/rules/event-mapping.ts';
import { toAttributes, toEventProfile } from '../../../../functions/events/rules/event-person.ts';
import { lineOf, orderOf, trackOf } from '../event-jobs.ts';

const line = (overrides: Record<string, unknown> = {}) => lineOf('1', overrides);
const propertiesOf = (transaction: Record<string, unknown>) =>
  toEvents(orderOf(transaction), 0).map(({ properties }) => properties);

describe('a transaction', () => {
  test('becomes one Placed Order and one Ordered Product per line', () => {
    expect(
      toEvents(orderOf(), 0).map(({ metric, uniqueId, value, valueCurrency }) => [
        metric,
        uniqueId,
        value,
        valueCurrency,
      ]),
    ).toEqual([
      ['Placed Order', 'T1', 18, 'EUR'],
      ['Ordered Product', 'T1:1', 9, 'EUR'],
      ['Ordered Product', 'T1:2', 9, 'EUR'],
    ]);
  });

  test('keeps the time at which it was placed, in the whole seconds that Klaviyo has', () => {
    const events = toEvents(orderOf({ placedAt: '2026-11-01T13:00:00.987+01:00' }), 0);
    expect(new Set(events.map(({ time }) => time))).toEqual(new Set(['2026-11-01T12:00:00Z']));
  });

  test('has the properties of an order by their customary names', () => {
    const [placed] = propertiesOf({
      lines: [
        line({
          productId: '1111',
          sku: 'POOH',
          name: 'Winnie',
          quantity: 1,
          unitPrice: 9.99,
          categories: ['Fiction', 'Children'],
          brand: 'Kids',
          url: 'https://example.com/1',
          imageUrl: 'https://example.com/1.png',
          properties: { Colour: 'red' },
        }),
        lineOf('2', { name: 'Two Cities', categories: ['Fiction'], brand: 'Classics' }),
      ],
      discountCode: 'FREE',
      discountValue: 5,
      billingAddress: { firstName: 'Ann', address1: 'Main 1', regionCode: 'MA', phone: null },
      shippingAddress: { countryCode: 'US', zip: '02110' },
      properties: { Channel: 'web' },
    });
    expect(placed).toEqual({
      Channel: 'web',
      OrderId: 'T1',
      Categories: ['Fiction', 'Children'],
      ItemNames: ['Winnie', 'Two Cities'],
      Brands: ['Kids', 'Classics'],
      DiscountCode: 'FREE',
      DiscountValue: 5,
      Items: [
        {
          Colour: 'red',
          ProductID: '1111',
          SKU: 'POOH',
          ProductName: 'Winnie',
          Quantity: 1,
          ItemPrice: 9.99,
          RowTotal: 9.99,
          ProductURL: 'https://example.com/1',
          ImageURL: 'https://example.com/1.png',
          Categories: ['Fiction', 'Children'],
          Brand: 'Kids',
        },
        {
          ProductName: 'Two Cities',
          Quantity: 2,
          ItemPrice: 4.5,
          RowTotal: 9,
          Categories: ['Fiction'],
          Brand: 'Classics',
        },
      ],
      BillingAddress: { FirstName: 'Ann', Address1: 'Main 1', RegionCode: 'MA' },
      ShippingAddress: { CountryCode: 'US', Zip: '02110' },
    });
  });

  test('gives each line the properties of an ordered product', () => {
    const [, ordered] = propertiesOf({
      lines: [
        line({ productId: '1111', sku: 'POOH', brand: 'Kids', properties: { Colour: 'red' } }),
      ],
    });
    expect(ordered).toEqual({
      Colour: 'red',
      OrderId: 'T1',
      ProductID: '1111',
      SKU: 'POOH',
      ProductName: 'Tea 1',
      Quantity: 2,
      ProductBrand: 'Kids',
    });
  });

  test("never lets the source's own properties replace a customary one", () => {
    const [placed, ordered] = propertiesOf({
      properties: { OrderId: 'other' },
      lines: [line({ properties: { Quantity: 'many' } })],
    });
    expect(placed).toMatchObject({ OrderId: 'T1', Items: [{ Quantity: 2 }] });
    expect(ordered).toMatchObject({ Quantity: 2 });
  });

  test('takes the total of a row as given, else as quantity times price without dust', () => {
    const values = toEvents(
      orderOf({
        lines: [
          line({ quantity: 3, unitPrice: 0.1 }),
          lineOf('2', { quantity: 3, unitPrice: 10, rowTotal: 25 }),
        ],
      }),
      0,
    ).map(({ value }) => value);
    expect(values).toEqual([18, 0.3, 25]);
  });
});

describe('an event of another metric', () => {
  test('is taken as it is', () => {
    const job = trackOf('R1', { value: 5, currency: 'EUR', properties: { Reason: 'late' } });
    expect(toEvents(job, 0)).toEqual([
      {
        metric: 'Refunded Order',
        uniqueId: 'R1',
        time: '2026-11-02T09:30:00Z',
        value: 5,
        valueCurrency: 'EUR',
        backfill: undefined,
        properties: { Reason: 'late' },
      },
    ]);
  });

  test('happened when its job says, where it has no time of its own', () => {
    const [event] = toEvents(
      trackOf('R1', { time: undefined }),
      Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    );
    expect(event?.time).toBe('2026-01-02T03:04:05Z');
  });
});

describe('the id of a line', () => {
  const id = fc.string({ unit: fc.constantFrom('1', 'A', ':', '%'), minLength: 1, maxLength: 6 });
  const uniqueIds = (transactionId: string, lineId: string) =>
    toEvents(orderOf({ transactionId, lines: [lineOf(lineId)] }), 0).map(
      ({ uniqueId }) => uniqueId,
    );

  test('is another one for every other pair of transaction and line', () => {
    expect(uniqueIds('2001', 'A:1')).toEqual(['2001', '4:2001:A:1']);
    expect(uniqueIds('2001:A', '1')).toEqual(['2001:A', '6:2001:A:1']);
    fc.assert(
      fc.property(fc.tuple(id, id), fc.tuple(id, id), (one, other) => {
        const isSame = one[0] === other[0] && one[1] === other[1];
        expect(lineUniqueId(...one) === lineUniqueId(...other)).toBe(isSame);
      }),
      { numRuns: 5_000 },
    );
  });

  test('is what it always was where neither id has a colon', () => {
    expect(uniqueIds('2001', 'A%3A1')).toEqual(['2001', '2001:A%3A1']);
  });
});

describe('the person of an event', () => {
  const profileOf = (customer: Record<string, unknown>, profileId?: string) =>
    toEventProfile({ profileId, attributes: toAttributes(orderOf({ customer })) });

  test('is the profile that is known: an old order brings no old address back', () => {
    const profile = profileOf({ customerId: 'c1', email: 'old@example.com' }, '01B');
    expect(profile).toEqual({ id: '01B', attributes: {} });
  });

  test('is described by what the source knows where there is no link', () => {
    const customer = {
      customerId: 'c1',
      email: 'ann@example.com',
      phoneNumber: '+31201234567',
      firstName: 'Ann',
      lastName: 'Bee',
    };
    expect(profileOf(customer)).toEqual({
      attributes: {
        email: 'ann@example.com',
        external_id: 'c1',
        first_name: 'Ann',
        last_name: 'Bee',
      },
    });
  });

  test('is known by a phone number only where there is nothing else', () => {
    const phoneNumber = '+31201234567';
    expect(profileOf({ phoneNumber }).attributes.phone_number).toBe(phoneNumber);
    for (const more of [{ email: 'ann@example.com' }, { customerId: 'c1' }])
      expect(profileOf({ phoneNumber, ...more }).attributes.phone_number).toBeUndefined();
  });

  test('has the external id that the source names, else the customer id', () => {
    expect(profileOf({ customerId: 'c1', externalId: 'x1' }).attributes.external_id).toBe('x1');
    expect(profileOf({ customerId: 'c1' }).attributes.external_id).toBe('c1');
  });
});
