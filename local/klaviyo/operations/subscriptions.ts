import { invalid, noList } from '../api-error.ts';
import { identifierProblems, refuseProblems, withoutBadPhone } from '../identifiers.ts';
import { type Call, defineWrite } from '../route.ts';
import { type ConsentRequest, subscribe, unsubscribe } from '../state/consent.ts';
import type { List } from '../state/list-store.ts';
import type { Channel } from '../state/profile.ts';
import { parseInstant } from '../timestamps.ts';
import { checkSms, isTooYoung } from './sms-rules.ts';
import { type Row, subscribeBody, unsubscribeBody } from './subscription-body.ts';

const rowsPointer = '/data/attributes/profiles/data';

const listOf = (
  { account }: Call,
  relationships: { list?: { data?: { id: string } | undefined } | undefined } | undefined,
): List | undefined => {
  const id = relationships?.list?.data?.id;
  if (id === undefined) return undefined;
  const list = account.lists.get(id);
  if (!list) throw noList(id, { pointer: '/data/relationships/list/data/id' });
  return list;
};

const checkRows = (rows: readonly Row[], max: number): void => {
  if (rows.length > max) {
    throw invalid(`At most ${max} profiles are allowed.`, { pointer: rowsPointer });
  }
  const problems = rows.flatMap(({ id, attributes }, index) =>
    identifierProblems(
      { email: attributes.email, phone_number: attributes.phone_number, id: id ?? undefined },
      `${rowsPointer}/${index}/attributes`,
      { lenient: true, required: true },
    ),
  );
  refuseProblems(problems);
};

/** The channels that a row means: those it names; else those whose identifier it has. */
const requested = ({ attributes }: Row): ConsentRequest['channels'] => {
  const { subscriptions, email, phone_number } = attributes;
  if (!subscriptions) {
    return [
      ...(email ? [{ channel: 'email' as const }] : []),
      ...(phone_number ? [{ channel: 'sms' as const }] : []),
    ];
  }
  const named: readonly Channel[] = ['email', 'sms'];
  return named.flatMap((channel) => {
    const marketing = subscriptions[channel]?.marketing;
    if (!marketing) return [];
    const consentedAtMs = parseInstant(marketing.consented_at ?? '');
    return [{ channel, ...(consentedAtMs !== undefined && { consentedAtMs }) }];
  });
};

/** From 2024-07-15 on, a time of consent is for historical imports alone, which need one. */
const checkTimes = ({ served, nowMs }: Call, rows: readonly Row[], historical: boolean): void => {
  if (served < '2024-07-15') return;
  for (const [index, row] of rows.entries()) {
    for (const { channel, consentedAtMs } of requested(row)) {
      const pointer = `${rowsPointer}/${index}/attributes/subscriptions/${channel}/marketing/consented_at`;
      const given = row.attributes.subscriptions?.[channel]?.marketing?.consented_at ?? undefined;
      if (!historical && given !== undefined) {
        throw invalid("'consented_at' is allowed with 'historical_import' only.", { pointer });
      }
      if (historical && (consentedAtMs === undefined || consentedAtMs > nowMs)) {
        throw invalid("'consented_at' must be a time in the past.", { pointer });
      }
    }
  }
};

const facts = {
  method: 'POST',
  tier: 'L',
  scopes: ['lists:write', 'profiles:write', 'subscriptions:write'],
} as const;

const toRequest = (row: Row) => {
  const { write, headers } = withoutBadPhone({
    email: row.attributes.email ?? undefined,
    phone_number: row.attributes.phone_number ?? undefined,
  });
  return { request: { id: row.id, identifiers: write, channels: requested(row) }, headers };
};

const withoutSms = (row: Row): Row => {
  const { subscriptions, ...attributes } = row.attributes;
  const { sms: _, ...others } = subscriptions ?? {};
  return { ...row, attributes: { ...attributes, subscriptions: others } };
};

const accept = (call: Call, rows: readonly Row[], work: (request: ConsentRequest) => void) => {
  const requests = rows.map(toRequest);
  call.account.later(call.account.delays.subscriptionMs, () => {
    for (const { request } of requests) work(request);
  });
  return { status: 202, headers: Object.assign({}, ...requests.map(({ headers }) => headers)) };
};

/** Subscribes people, a while later. */
export const bulkSubscribeProfiles = defineWrite({
  ...facts,
  path: '/api/profile-subscription-bulk-create-jobs',
  resource: 'profile-subscription-bulk-create-job',
  body: subscribeBody,
  respond: (call, { data }) => {
    const { profiles, custom_source, historical_import } = data.attributes;
    checkRows(profiles.data, call.served < '2024-07-15' ? 100 : 1000);
    checkSms(call, profiles.data, rowsPointer);
    checkTimes(call, profiles.data, historical_import === true);
    const list = listOf(call, data.relationships);
    const historical = historical_import === true;
    const source = custom_source ?? undefined;
    const rows: readonly Row[] = profiles.data.map((row) =>
      isTooYoung(call, row) ? withoutSms(row) : row,
    );
    return accept(call, rows, (request) =>
      subscribe(call.account, request, { list, historical, source }),
    );
  },
});

/** Unsubscribes people, a while later: from the list, or everywhere those who are not on it. */
export const bulkUnsubscribeProfiles = defineWrite({
  ...facts,
  path: '/api/profile-subscription-bulk-delete-jobs',
  resource: 'profile-subscription-bulk-delete-job',
  body: unsubscribeBody,
  respond: (call, { data }) => {
    const rows: readonly Row[] = data.attributes.profiles.data;
    checkRows(rows, 100);
    const list = listOf(call, data.relationships);
    return accept(call, rows, (request) => unsubscribe(call.account, request, list));
  },
});
