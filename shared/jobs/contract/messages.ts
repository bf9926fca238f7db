/**
 * The messages on the queues. Producers and consumers use the one schema; unknown fields are
 * refused by name, so a typo is found at once and not as a field that silently never arrives.
 */
import * as z from 'zod';
import { connectionId } from '../../connections/contract.ts';
import {
  buyer,
  email,
  identified,
  identifiedError,
  identifier,
  person,
  personFields,
  personValues,
  phoneNumber,
  putAside,
} from './person.ts';
import { readBy, toInstant, toNeededText, toText } from './values.ts';

/** SQS's limit on one message: body and attributes together, in bytes. */
export const maxMessageBytes = 1_048_576;
/** A job's own limit: a copy of it says when it was first sent, and that needs room too. */
export const maxJobBytes = maxMessageBytes - 1_024;

/** When something happened, with an offset: ISO 8601. Also in UTC its year has four digits. */
const isoInstant = z.iso
  .datetime({ offset: true })
  .refine((text) => /^\d{4}-/.test(new Date(text).toISOString()), {
    message: 'must be within the years 0000 and 9999 in UTC',
    when: ({ issues }) => issues.length === 0,
  });
const instant = z.preprocess(toInstant, isoInstant);
const optionalInstant = z.preprocess(toInstant, isoInstant.optional()).optional();
/** A day that was: it reads alike in the whole world but for a few hours. */
const dateOfBirth = z.iso
  .date('must be a date such as 1990-12-31')
  .refine((text) => Date.parse(text) <= Date.now(), {
    message: 'must be in the past',
    when: ({ issues }) => issues.length === 0,
  });
const currency = z
  .preprocess(
    toText,
    z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 currency code such as EUR')
      .optional(),
  )
  .optional();
const properties = z.record(z.string().min(1), z.json());

/** What every job carries. Without `occurredAt`, the time it was first sent to SQS stands in. */
const job = { connectionId, occurredAt: optionalInstant };

/** A list, by Klaviyo's id or by its exact name. */
export const listRef = z.union([
  z.strictObject({ id: identifier }),
  z.strictObject({ name: z.string().min(1).max(255) }),
]);

const text = z.string().max(10_000).nullable().optional();

/** An object of which every text is read as such. */
const readTexts = <S extends z.ZodObject>(schema: S) =>
  readBy(Object.fromEntries(Object.keys(schema.shape).map((name) => [name, toText])), schema);

export const locationObject = z.strictObject({
  address1: text,
  address2: text,
  city: text,
  country: text,
  region: text,
  zip: text,
  timezone: text,
  ip: text,
  latitude: z.union([z.number(), z.string()]).nullable().optional(),
  longitude: z.union([z.number(), z.string()]).nullable().optional(),
});

const location = readTexts(locationObject);

export const customerObject = z.strictObject({
  customerId: identifier,
  email: email.nullable().optional(),
  phoneNumber: phoneNumber.nullable().optional(),
  externalId: identifier.nullable().optional(),
  firstName: text,
  lastName: text,
  organization: text,
  title: text,
  image: text,
  location: location.nullable().optional(),
  properties: properties.optional(),
  /** Klaviyo's id of the profile, where the source knows it: the pair becomes the link. */
  profileId: identifier.optional(),
});

/** A customer of the source system. `null` clears a field in Klaviyo, absence leaves it alone. */
export const customer = readBy(
  {
    ...personValues,
    customerId: toNeededText,
    organization: toText,
    title: toText,
    image: toText,
  },
  customerObject.transform(putAside),
);

const channels = z.array(z.enum(['email', 'sms'])).min(1);
/** Each becomes a job of its own. */
const lists = z.array(listRef).max(100);

export const customerUpsert = z.strictObject({
  ...job,
  type: z.literal('customer.upsert'),
  customer,
  /** Subscribe the customer's addresses, or those of the channels named, after the upsert. */
  subscribe: z.union([z.boolean(), channels]).optional(),
  /** For SMS about what is age-gated: goes with the subscription. */
  dateOfBirth: dateOfBirth.optional(),
  lists: z.strictObject({ join: lists.optional(), leave: lists.optional() }).optional(),
});

const listChange = { ...job, list: listRef, person };

export const listAdd = z.strictObject({ ...listChange, type: z.literal('list.add') });
export const listRemove = z.strictObject({ ...listChange, type: z.literal('list.remove') });
export const listSubscribe = z
  .strictObject({
    ...job,
    type: z.literal('list.subscribe'),
    /** Left out: an account-wide subscription, by the account's own opt-in setting. */
    list: listRef.optional(),
    person,
    /** @default the channels whose address the person carries */
    channels: channels.optional(),
    /** Klaviyo takes it of history alone. */
    consentedAt: optionalInstant,
    customSource: z.string().min(1).max(255).optional(),
    historicalImport: z.boolean().optional(),
    dateOfBirth: dateOfBirth.optional(),
  })
  .refine(
    ({ consentedAt, historicalImport }) => consentedAt === undefined || historicalImport === true,
    { path: ['consentedAt'], message: 'needs historicalImport: true beside it' },
  )
  .refine(
    // It is of this number: the profile may have another one.
    ({ channels: named = [], person: { unusable } }) =>
      !named.includes('sms') || unusable === undefined,
    { path: ['person', 'phoneNumber'], message: 'must be the phone number that the consent is of' },
  );
export const listUnsubscribe = z
  .strictObject({
    ...job,
    type: z.literal('list.unsubscribe'),
    /** Left out: from everything. */
    list: listRef.optional(),
    person,
    /** @default the channels whose address the person carries */
    channels: channels.optional(),
    /**
     * `list`: only a member of the list is unsubscribed, and from the list alone. `everywhere`: from
     * the list and from everything else, whether or not the person is on the list.
     * @default `list`, where there is one
     */
    scope: z.enum(['list', 'everywhere']).optional(),
  })
  .refine(({ list, scope }) => list !== undefined || scope !== 'list', {
    path: ['scope'],
    message: 'needs the list that it is about',
  });

const amount = z.number();

const hasRowTotal = ({
  quantity,
  unitPrice,
  rowTotal,
}: {
  readonly quantity: number;
  readonly unitPrice: number;
  readonly rowTotal?: number | undefined;
}): boolean => rowTotal !== undefined || Number.isFinite(quantity * unitPrice);

const transactionLine = readBy(
  {
    sku: toText,
    productId: toText,
    name: toNeededText,
    brand: toText,
    url: toText,
    imageUrl: toText,
  },
  z
    .strictObject({
      lineId: identifier,
      sku: identifier.optional(),
      productId: identifier.optional(),
      name: z.string().min(1).max(1_000),
      quantity: z.number(),
      unitPrice: amount,
      rowTotal: amount.optional(),
      categories: z.array(z.string()).optional(),
      brand: z.string().optional(),
      url: z.string().optional(),
      imageUrl: z.string().optional(),
      properties: properties.optional(),
    })
    .refine(hasRowTotal, {
      path: ['quantity'],
      message: 'must be a number also when multiplied by unitPrice',
    }),
);

/** Klaviyo counts events of one unique id once: lines of one id would count as one line. */
const lines = z.array(transactionLine).superRefine((all, context) => {
  const seen = new Set<string>();
  for (const [index, { lineId }] of all.entries()) {
    if (seen.has(lineId))
      context.addIssue({
        code: 'custom',
        path: [index, 'lineId'],
        message: 'must be unique within the transaction',
      });
    seen.add(lineId);
  }
});

const address = readTexts(
  z.strictObject({
    firstName: text,
    lastName: text,
    company: text,
    address1: text,
    address2: text,
    city: text,
    region: text,
    regionCode: text,
    country: text,
    countryCode: text,
    zip: text,
    phone: text,
  }),
);

export const transaction = z.strictObject({
  transactionId: identifier,
  placedAt: instant,
  /** In the transaction's currency. */
  total: amount,
  currency,
  customer: buyer,
  lines,
  billingAddress: address.optional(),
  shippingAddress: address.optional(),
  discountCode: z.preprocess(toText, z.string().optional()).optional(),
  discountValue: amount.optional(),
  properties: properties.optional(),
});

export const transactionPlaced = z.strictObject({
  ...job,
  type: z.literal('transaction.placed'),
  transaction,
  /** Recorded as history: triggers no flow, where the revision knows it (from 2026-04-15). */
  backfill: z.boolean().optional(),
});

export const eventTrack = z.strictObject({
  ...job,
  type: z.literal('event.track'),
  /** The name of the metric, under 128 characters (Klaviyo's limit). */
  metric: z.string().min(1).max(127),
  /** The same id for the same person and metric is counted once, however often it is sent. */
  uniqueId: identifier,
  /** @default `occurredAt` */
  time: optionalInstant,
  value: amount.optional(),
  currency,
  properties: properties.default({}),
  person,
  backfill: z.boolean().optional(),
});

/**
 * Internal: the events function sends it to its own queue, for a connection with `confirmEvents`,
 * to look a while later whether Klaviyo has recorded what it accepted. Producers never need it.
 */
export const eventConfirm = z.strictObject({
  ...job,
  type: z.literal('event.confirm'),
  person: z
    .strictObject({ ...personFields, externalId: identifier.optional() })
    .refine(identified, identifiedError),
  /** When all of the events happened. */
  time: instant,
  events: z
    .array(z.strictObject({ metric: z.string().min(1), uniqueId: z.string().min(1) }))
    .min(1),
});

/** Each job queue's messages. */
export const customersMessage = z.discriminatedUnion('type', [customerUpsert]);
export const listsMessage = z.discriminatedUnion('type', [
  listAdd,
  listRemove,
  listSubscribe,
  listUnsubscribe,
]);
export const eventsMessage = z.discriminatedUnion('type', [
  transactionPlaced,
  eventTrack,
  eventConfirm,
]);

/** Out of the bridge: a profile that changed in Klaviyo. */
export const customerChanged = z.object({
  type: z.literal('customer.changed'),
  connectionId,
  /** The same for the same profile at the same change, however often it is published. */
  changeId: z.string().min(1),
  changedAt: instant,
  profile: z.object({
    profileId: z.string().min(1),
    /** By Klaviyo's own names: `email`, `first_name`, `location`, `properties`, … */
    attributes: z.record(z.string(), z.unknown()),
    subscriptions: z.record(z.string(), z.unknown()).nullable(),
  }),
  /** Whose it is: by `link` for certain; by `email` or `phone` as a proposal to be confirmed. */
  match: z
    .object({
      customerId: z.string().min(1),
      /** All of them, where several customers share the profile. */
      customerIds: z.array(z.string().min(1)).min(2).optional(),
      by: z.enum(['link', 'email', 'phone']),
    })
    .nullable(),
  /** Present and true where `properties` had to go so that the message fits SQS's limit. */
  propertiesOmitted: z.boolean().optional(),
});

export type CustomerUpsert = z.output<typeof customerUpsert>;
export type Customer = z.output<typeof customer>;
export type CustomersMessage = z.output<typeof customersMessage>;
export type ListsMessage = z.output<typeof listsMessage>;
export type Transaction = z.output<typeof transaction>;
export type TransactionPlaced = z.output<typeof transactionPlaced>;
export type EventTrack = z.output<typeof eventTrack>;
export type EventConfirm = z.output<typeof eventConfirm>;
export type EventsMessage = z.output<typeof eventsMessage>;
export type CustomerChanged = z.output<typeof customerChanged>;
