// Composition root: parse the environment, build the parts, wire the queue to its logic. Only that.
import { composeConsumer } from '../../shared/aws/compose-function.ts';
import { createCustomerLinkStore } from '../../shared/aws/link-store.ts';
import { customersQueue } from '../../shared/contracts/queues.ts';
import { consumeQueue } from '../../shared/runtime/consume-queue.ts';
import { parseEnvironment } from '../../shared/runtime/parse-environment.ts';
import { createSendListJobs } from './send-list-jobs.ts';
import { createUpsertCustomers } from './upsert-customers.ts';
import { createWriteProfile } from './write-profile.ts';

const environment = parseEnvironment(customersQueue.environment, process.env);
const parts = composeConsumer(customersQueue.name, environment);

export const handler = consumeQueue(customersQueue, {
  ...parts,
  handleJobs: createUpsertCustomers({
    links: createCustomerLinkStore({
      client: parts.clients.dynamodb,
      tableName: environment.LINKS_TABLE_NAME,
    }),
    writeProfile: createWriteProfile(parts),
    sendListJobs: createSendListJobs({ publish: parts.publisher(environment.LISTS_QUEUE_URL) }),
  }),
});
