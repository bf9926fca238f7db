/** Carries out list requests at Klaviyo. */

import type { BatchContext } from '../../../shared/jobs/consume-queue.ts';
import type { JobOutcome } from '../../../shared/jobs/outcome.ts';
import {
  type CallOptions,
  endpoints,
  type KlaviyoClient,
  type KlaviyoConnection,
} from '../../../shared/klaviyo/index.ts';
import { attributeRefusal } from '../rules/attribute-refusal.ts';
import type { ListRequest, Row } from '../rules/list-batches.ts';
import { sendRows } from './send-rows.ts';

type Decide = (row: Row, outcome: JobOutcome) => void;

/** Carries out requests; every row gets its outcome. */
export type SendRequests = (
  requests: readonly ListRequest[],
  connection: KlaviyoConnection,
  context: BatchContext,
  decide: Decide,
) => Promise<void>;

const toSubscriber = (
  { email, phoneNumber, consentedAt, dateOfBirth }: Row,
  { channels }: ListRequest,
) => ({
  channels: [...channels],
  email,
  phoneNumber,
  consentedAt,
  dateOfBirth,
});

const idsOf = (rows: readonly Row[]): string[] => rows.map(({ profileId }) => profileId ?? '');

const call = (
  klaviyo: KlaviyoClient,
  request: ListRequest,
  rows: readonly Row[],
  connection: KlaviyoConnection,
  options: CallOptions,
): Promise<void> => {
  const { action, listId, customSource, historicalImport } = request;
  if (action === 'add' || action === 'remove') {
    const endpoint =
      action === 'add' ? endpoints.addProfilesToList : endpoints.removeProfilesFromList;
    const input = { listId: listId ?? '', profileIds: idsOf(rows) };
    return klaviyo.call(endpoint, input, connection, options);
  }
  const profiles = rows.map((row) => toSubscriber(row, request));
  if (action === 'subscribe') {
    const input = { listId, profiles, customSource, historicalImport };
    return klaviyo.call(endpoints.bulkSubscribeProfiles, input, connection, options);
  }
  const people = profiles.map(({ consentedAt: _, dateOfBirth: __, ...person }) => person);
  return klaviyo.call(
    endpoints.bulkUnsubscribeProfiles,
    { listId, profiles: people },
    connection,
    options,
  );
};

const hasReturned = (rows: readonly Row[]): boolean =>
  rows.some(({ changes }) => changes.some(({ job }) => job.receiveCount > 1));

const isOfSms = ({ action, channels }: ListRequest): boolean =>
  action === 'subscribe' && channels.includes('sms');

export const createSendRequests = ({
  klaviyo,
}: {
  readonly klaviyo: KlaviyoClient;
}): SendRequests => {
  return async (requests, connection, context, decide) => {
    const sendOne = (request: ListRequest) =>
      sendRows(request.rows, {
        send: (rows) =>
          call(klaviyo, request, rows, connection, { ...context, returning: hasReturned(rows) }),
        attribute: attributeRefusal(request),
        decide,
      });
    // Numbers after addresses: the profile that an address makes is there for its number.
    const [later, first] = [requests.filter(isOfSms), requests.filter((one) => !isOfSms(one))];
    const subscribing = first.filter(({ action }) => action === 'subscribe');
    const others = first.filter(({ action }) => action !== 'subscribe');
    await Promise.all([
      Promise.all(subscribing.map(sendOne)).then(() => Promise.all(later.map(sendOne))),
      ...others.map(sendOne),
    ]);
  };
};
