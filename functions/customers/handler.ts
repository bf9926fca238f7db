// Composition root: parse the environment, build the parts, wire the queue to its logic. Only that.
import { composeConsumer } from '../../shared/aws/compose-function.ts';
import { createCustomerMemory } from '../../shared/aws/customer-memory.ts';
import { createSightingStore } from '../../shared/aws/sighting-store.ts';
import { customersQueue } from '../../shared/contracts/queues.ts';
import { consumeQueue } from '../../shared/runtime/consume-queue.ts';
import { parseEnvironment } from '../../shared/runtime/parse-environment.ts';
import { createSeeProfiles } from '../../shared/runtime/see-profiles.ts';
import { createSendListJobs } from './send-list-jobs.ts';
import { createUpsertCustomers } from './upsert-customers.ts';

const environment = parseEnvironment(customersQueue.environment, process.env);
const parts = composeConsumer(customersQueue.name, environment);
const links = { client: parts.clients.dynamodb, tableName: environment.LINKS_TABLE_NAME };
const sightings = createSightingStore(links);

export const handler = consumeQueue(customersQueue, {
  ...parts,
  handleJobs: createUpsertCustomers({
    ...parts,
    memory: createCustomerMemory(links),
    seeProfiles: createSeeProfiles({ ...parts, sightings }),
    sendListJobs: createSendListJobs({ publish: parts.publisher(environment.LISTS_QUEUE_URL) }),
  }),
});
