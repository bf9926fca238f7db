/** The logic of the events function, with memory for AWS, before a Klaviyo of a test's choice. */
import { createAskToConfirm } from '../../../functions/events/ask-to-confirm.ts';
import { createConfirmEvents } from '../../../functions/events/confirm-events.ts';
import { createFindPeople } from '../../../functions/events/find-people.ts';
import { createHandleEventJobs } from '../../../functions/events/handle-jobs.ts';
import type { ConfirmedEvent } from '../../../functions/events/requests/find-recorded.ts';
import { createSendEvents } from '../../../functions/events/requests/send-events.ts';
import type { EventsMessage } from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';
import type { JobOutcome } from '../../../shared/jobs/outcome.ts';
import type { OutgoingMessage } from '../../../shared/jobs/outgoing-messages.ts';
import { createKlaviyoClient, type Permits } from '../../../shared/klaviyo/index.ts';
import type { LostLink } from '../../../shared/people/contract/links.ts';
import { createSeeProfiles, type Sightings } from '../../../shared/people/see-profiles.ts';
import { createTellWithheld } from '../../../shared/people/tell-withheld.ts';
import { connectionOf } from '../../support/connection.ts';
import { createFreePermits } from '../../support/free-permits.ts';
import { jobOf } from '../../support/job.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

export interface ConsumerOptions {
  readonly apiUrl: string;
  /** Settings of the connection beside the API's URL. */
  readonly settings?: Record<string, unknown>;
  /** Profile ids by customer id. */
  readonly linked?: Readonly<Record<string, string>>;
  /** @default every profile was seen just now */
  readonly sightings?: Sightings;
  /** Customer ids by profile id. */
  readonly owners?: Readonly<Record<string, string>>;
  readonly now?: () => number;
  /** @default without limits */
  readonly permits?: Permits;
  /** Indices of outgoing messages that do not get through. */
  readonly publishFails?: ReadonlySet<number>;
}

const allSeen = (now: () => number): Sightings => ({
  recall: async (_, ids) => new Map(ids.map((id) => [id, { seenAtMs: now() }])),
  remember: async () => {},
});

export const createEventsConsumer = ({
  apiUrl,
  settings = {},
  linked = {},
  now = Date.now,
  sightings = allSeen(now),
  owners = {},
  publishFails = new Set(),
  permits: givenPermits,
}: ConsumerOptions) => {
  const { permits: free, taken } = createFreePermits();
  const klaviyo = createKlaviyoClient({ permits: givenPermits ?? free, sleep: async () => {} });
  const log = createMemoryLog();
  const tellWithheld = createTellWithheld(log);
  const published: OutgoingMessage[] = [];
  const confirmed: ConfirmedEvent[] = [];
  const askedFor: string[] = [];
  const forgotten: LostLink[] = [];
  let linksError: Error | undefined;
  const findLinkedProfiles = async (_: string, customerIds: readonly string[]) => {
    if (linksError !== undefined) throw linksError;
    askedFor.push(...customerIds);
    return new Map(Object.entries(linked).filter(([id]) => customerIds.includes(id)));
  };
  const handleJobs = createHandleEventJobs({
    findPeople: createFindPeople({
      findLinkedProfiles,
      seeProfiles: createSeeProfiles({ klaviyo, sightings, now }),
      findCustomers: async (_, ids) =>
        new Map(Object.entries(owners).filter(([id]) => ids.includes(id))),
      forgetLinks: async (lost) => void forgotten.push(...lost),
    }),
    sendEvents: createSendEvents({ klaviyo, tellWithheld }),
    tellWithheld,
    askToConfirm: createAskToConfirm({
      publish: async (messages) => {
        published.push(...messages);
        return publishFails;
      },
    }),
    confirmEvents: createConfirmEvents({
      ...log,
      klaviyo,
      findLinkedProfiles,
      saveConfirmed: async (_, events) => void confirmed.push(...events),
      now,
    }),
  });

  const connection = connectionOf({ apiUrl, ...settings });
  const runJobs = async (
    jobs: readonly Job<EventsMessage>[],
  ): Promise<(JobOutcome | undefined)[]> => {
    const context = { signal: new AbortController().signal, notAfterMs: Date.now() + 20_000 };
    const outcomes = await handleJobs(jobs, connection, context);
    return jobs.map(({ id }) => outcomes.get(id));
  };
  const run = (...messages: EventsMessage[]) => runJobs(messages.map((message) => jobOf(message)));
  const failLinks = (error: Error) => {
    linksError = error;
  };
  return {
    handleJobs,
    connection,
    run,
    runJobs,
    failLinks,
    taken,
    published,
    confirmed,
    askedFor,
    forgotten,
    log,
  };
};
