/** What to know of a field beyond its type: by its path in every message, or in one of them. */

const everywhere: Readonly<Record<string, string>> = {
  type: 'says which message it is',
  connectionId: 'the connection that the message is for',
  occurredAt: 'when it happened at the source; left out, the time at which SQS received it',
  'person.profileId': "Klaviyo's id; of the four at least one is needed",
  'person.customerId': 'as in the customer jobs: the link that they made is followed',
  'list.id': "Klaviyo's id of the list; give it or the name",
  'list.name': 'the exact name; several lists of one name are refused',
  channels: 'left out: the channels whose address the person carries',
  backfill: 'history: triggers no flow, from revision 2026-04-15 on',
};

const ofMessage: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'customer.upsert': {
    'customer.customerId': 'your own id of the customer',
    'customer.externalId': "Klaviyo's external id; left out, the `customerId`",
    'customer.properties': 'custom properties; `null` removes one, others stay',
    'customer.profileId': "Klaviyo's id of the profile, where you know it: the two are linked",
    subscribe:
      '`true` subscribes the addresses given, an array those of its channels; `false` changes nothing',
    dateOfBirth: 'for SMS that is age-gated: goes to Klaviyo with the subscription',
    'lists.join': 'put on these lists; with `subscribe`, subscribed to them',
    'lists.leave': 'taken off these lists',
  },
  'list.subscribe': {
    list: 'left out: the consent holds for the whole account',
    consentedAt: 'when the person agreed; with `historicalImport: true` only',
    customSource: 'where the consent came from, as Klaviyo shows it',
    historicalImport: 'the consent is older: no double opt-in, no flow',
    dateOfBirth: 'for SMS that is age-gated, from revision 2024-05-15 on',
  },
  'list.unsubscribe': {
    list: 'left out: from everything',
    scope:
      '`list`: only who is on the list, from it alone. `everywhere`: from the list and from everything else. Left out: `list` where one is named, else `everywhere`',
  },
  'transaction.placed': {
    'transaction.transactionId': 'sent again under the same id, an order counts once',
    'transaction.total': "in the transaction's currency, as a number",
    'transaction.currency': "ISO 4217; left out, the Klaviyo account's own",
    'transaction.customer.customerId': 'of the four identifiers at least one is needed',
    'transaction.lines[].lineId': 'unique within the transaction',
    'transaction.lines[].rowTotal': 'left out: quantity times unit price',
    'transaction.properties': 'kept beside the customary ones, never in place of them',
  },
  'event.track': {
    metric: 'the name of the metric; Klaviyo makes it at its first event',
    uniqueId: 'the same for the same person and metric counts once',
    time: 'left out: `occurredAt`',
    value: 'what revenue and averages are made of',
  },
  'customer.changed': {
    changeId: 'the same for the same change, however often it arrives: deduplicate by it',
    changedAt: "Klaviyo's `updated` of the profile",
    'profile.attributes': "Klaviyo's own names; unknown ones may come at any time",
    'profile.subscriptions': 'consent by channel; `null` where Klaviyo showed none',
    match: 'your customer, where one is known; else `null`',
    'match.by': '`link`: written by a job before. `email`, `phone`: the same address',
    propertiesOmitted: '`true` where `properties` had to go so that the message fits',
  },
};

export const noteOf = (type: string, path: string): string | undefined =>
  ofMessage[type]?.[path] ?? everywhere[path];

/** All that is noted of a message's own fields. */
export const notedPaths = (type: string): readonly string[] => Object.keys(ofMessage[type] ?? {});

export const notedEverywhere: readonly string[] = Object.keys(everywhere);
