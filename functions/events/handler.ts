// Composition root: parse the environment, build the parts, wire the queue to its logic. Only that.

import { consumeQueue } from '../../shared/jobs/consume-queue.ts';
import { eventsQueue } from '../../shared/jobs/contract/queues.ts';
import { createSaveConfirmed } from '../../shared/people/event-link-store.dynamodb.ts';
import { createFindLinkedProfiles } from '../../shared/people/linked-profiles.dynamodb.ts';
import { createFindCustomers, createForgetLinks } from '../../shared/people/lost-links.dynamodb.ts';
import { createSeeProfiles } from '../../shared/people/see-profiles.ts';
import { createSightingStore } from '../../shared/people/sighting-store.dynamodb.ts';
import { parseEnvironment } from '../../shared/platform/parse-environment.ts';
import { composeConsumer } from '../compose-function.ts';
import { createAskToConfirm } from './ask-to-confirm.ts';
import { createConfirmEvents } from './confirm-events.ts';
import { createFindPeople } from './find-people.ts';
import { createHandleEventJobs } from './handle-jobs.ts';
import { createSendEvents } from './requests/send-events.ts';

const environment = parseEnvironment(eventsQueue.environment, process.env);
const parts = composeConsumer(eventsQueue.name, environment);
const links = { client: parts.clients.dynamodb, tableName: environment.LINKS_TABLE_NAME };
const findLinkedProfiles = createFindLinkedProfiles(links);
const saveConfirmed = createSaveConfirmed(links);
const sightings = createSightingStore(links);

export const handler = consumeQueue(eventsQueue, {
  ...parts,
  handleJobs: createHandleEventJobs({
    findPeople: createFindPeople({
      findLinkedProfiles,
      seeProfiles: createSeeProfiles({ ...parts, sightings }),
      findCustomers: createFindCustomers(links),
      forgetLinks: createForgetLinks(links),
    }),
    sendEvents: createSendEvents(parts),
    tellWithheld: parts.tellWithheld,
    askToConfirm: createAskToConfirm({ publish: parts.publisher(environment.QUEUE_URL) }),
    confirmEvents: createConfirmEvents({ ...parts, findLinkedProfiles, saveConfirmed }),
  }),
});
