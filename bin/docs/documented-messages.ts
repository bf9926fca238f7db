/** The messages that docs/messages.md describes, each with its example. */
import type * as z from 'zod';
import {
  customerChanged,
  customerUpsert,
  eventTrack,
  listAdd,
  listRemove,
  listSubscribe,
  listUnsubscribe,
  transactionPlaced,
} from '../../shared/jobs/contract/messages.ts';

export interface DocumentedMessage {
  readonly type: string;
  readonly queue: string;
  readonly schema: z.ZodObject;
  /** What it does, in a sentence or two. */
  readonly purpose: string;
  readonly example: Readonly<Record<string, unknown>>;
}

const job = { connectionId: 'acme', occurredAt: '2026-03-14T09:26:53.589Z' };
const ada = { customerId: 'C-1815', email: 'ada@example.com' };

export const documentedMessages: readonly DocumentedMessage[] = [
  {
    type: 'customer.upsert',
    queue: 'customers',
    schema: customerUpsert,
    purpose:
      'Creates or changes the profile of a customer. A field that is left out stays as it is in Klaviyo, and `null` clears it.',
    example: {
      type: 'customer.upsert',
      ...job,
      customer: {
        ...ada,
        phoneNumber: '+442079460958',
        firstName: 'Ada',
        lastName: 'Lovelace',
        organization: null,
        location: { city: 'London', country: 'United Kingdom', zip: 'W1K 4AB' },
        properties: { loyaltyTier: 'gold', points: 1_815 },
      },
      lists: { join: [{ name: 'Loyalty members' }] },
    },
  },
  {
    type: 'list.add',
    queue: 'lists',
    schema: listAdd,
    purpose: 'Puts a person on a list. It grants no consent to be written to.',
    example: { type: 'list.add', ...job, list: { name: 'Loyalty members' }, person: ada },
  },
  {
    type: 'list.remove',
    queue: 'lists',
    schema: listRemove,
    purpose: 'Takes a person off a list. Consent stays as it is.',
    example: { type: 'list.remove', ...job, list: { id: 'Y6nRLr' }, person: ada },
  },
  {
    type: 'list.subscribe',
    queue: 'lists',
    schema: listSubscribe,
    purpose:
      'Records that a person agreed to be written to, and puts them on the list. Without a list the consent holds for the whole account.',
    example: {
      type: 'list.subscribe',
      ...job,
      list: { name: 'Newsletter' },
      person: { ...ada, phoneNumber: '+442079460958' },
      channels: ['email', 'sms'],
      customSource: 'Checkout',
    },
  },
  {
    type: 'list.unsubscribe',
    queue: 'lists',
    schema: listUnsubscribe,
    purpose:
      'Records that a person no longer agrees, and takes them off the list. Without a list, from everything.',
    example: { type: 'list.unsubscribe', ...job, list: { name: 'Newsletter' }, person: ada },
  },
  {
    type: 'transaction.placed',
    queue: 'events',
    schema: transactionPlaced,
    purpose:
      'Records an order: one Placed Order event, and one Ordered Product event for each line.',
    example: {
      type: 'transaction.placed',
      ...job,
      transaction: {
        transactionId: 'T-1001',
        placedAt: '2026-03-14T09:26:53Z',
        total: 52.45,
        currency: 'GBP',
        customer: ada,
        lines: [
          {
            lineId: '1',
            sku: 'TEA-250',
            name: 'Assam, 250 g',
            quantity: 2,
            unitPrice: 12.5,
            categories: ['Tea'],
          },
          { lineId: '2', sku: 'POT-1', name: 'Teapot', quantity: 1, unitPrice: 27.45 },
        ],
        discountCode: 'SPRING',
        discountValue: 2.5,
      },
    },
  },
  {
    type: 'event.track',
    queue: 'events',
    schema: eventTrack,
    purpose: 'Records any other event.',
    example: {
      type: 'event.track',
      ...job,
      metric: 'Reviewed Product',
      uniqueId: 'review-77',
      value: 5,
      properties: { product: 'Teapot', stars: 5 },
      person: ada,
    },
  },
  {
    type: 'customer.changed',
    queue: 'inbound',
    schema: customerChanged,
    purpose: 'A profile that changed in Klaviyo, for your system to read.',
    example: {
      type: 'customer.changed',
      connectionId: 'acme',
      changeId: 'acme/01GDDKASAP8TKDDA2GRZDSVP4H/2026-03-14T09:30:00.000Z/q83vEjRWeJAB',
      changedAt: '2026-03-14T09:30:00.000Z',
      profile: {
        profileId: '01GDDKASAP8TKDDA2GRZDSVP4H',
        attributes: {
          email: 'ada@example.com',
          first_name: 'Ada',
          updated: '2026-03-14T09:30:00+00:00',
        },
        subscriptions: { email: { marketing: { consent: 'SUBSCRIBED' } } },
      },
      match: { customerId: 'C-1815', by: 'link' },
    },
  },
];
