// Composition root: parse the environment, build the parts, wire the queue to its logic. Only that.

import { consumeQueue } from '../../shared/jobs/consume-queue.ts';
import { customersQueue } from '../../shared/jobs/contract/queues.ts';
import { createCustomerMemory } from '../../shared/people/customer-memory.dynamodb.ts';
import { createSeeProfiles } from '../../shared/people/see-profiles.ts';
import { createSightingStore } from '../../shared/people/sighting-store.dynamodb.ts';
import { parseEnvironment } from '../../shared/platform/parse-environment.ts';
import { composeConsumer } from '../compose-function.ts';
import { createHandleCustomerJobs } from './handle-jobs.ts';
import { createSendListJobs } from './send-list-jobs.ts';

const environment = parseEnvironment(customersQueue.environment, process.env);
const parts = composeConsumer(customersQueue.name, environment);
const links = { client: parts.clients.dynamodb, tableName: environment.LINKS_TABLE_NAME };
const sightings = createSightingStore(links);

export const handler = consumeQueue(customersQueue, {
  ...parts,
  handleJobs: createHandleCustomerJobs({
    ...parts,
    memory: createCustomerMemory(links),
    seeProfiles: createSeeProfiles({ ...parts, sightings }),
    sendListJobs: createSendListJobs({ publish: parts.publisher(environment.LISTS_QUEUE_URL) }),
  }),
});
