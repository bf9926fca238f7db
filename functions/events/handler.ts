// Composition root: parse the environment, build the parts, wire the queue to its logic. Only that.
import { composeConsumer } from '../../shared/aws/compose-function.ts';
import { createSaveConfirmed } from '../../shared/aws/event-link-store.ts';
import { createFindLinkedProfiles } from '../../shared/aws/linked-profiles.ts';
import { createFindCustomers, createForgetLinks } from '../../shared/aws/lost-links.ts';
import { createSightingStore } from '../../shared/aws/sighting-store.ts';
import { eventsQueue } from '../../shared/contracts/queues.ts';
import { consumeQueue } from '../../shared/runtime/consume-queue.ts';
import { parseEnvironment } from '../../shared/runtime/parse-environment.ts';
import { createSeeProfiles } from '../../shared/runtime/see-profiles.ts';
import { createAskToConfirm } from './ask-to-confirm.ts';
import { createConfirmEvents } from './confirm-events.ts';
import { createFindPeople } from './find-people.ts';
import { createSendEvents } from './send-events.ts';
import { createTrackEvents } from './track-events.ts';

const environment = parseEnvironment(eventsQueue.environment, process.env);
const parts = composeConsumer(eventsQueue.name, environment);
const links = { client: parts.clients.dynamodb, tableName: environment.LINKS_TABLE_NAME };
const findLinkedProfiles = createFindLinkedProfiles(links);
const saveConfirmed = createSaveConfirmed(links);
const sightings = createSightingStore(links);

export const handler = consumeQueue(eventsQueue, {
  ...parts,
  handleJobs: createTrackEvents({
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
