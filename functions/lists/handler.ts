// Composition root: parse the environment, build the parts, wire the queue to its logic. Only that.

import { consumeQueue } from '../../shared/jobs/consume-queue.ts';
import { listsQueue } from '../../shared/jobs/contract/queues.ts';
import { tellingUnusable } from '../../shared/jobs/tell-unusable.ts';
import { createDecisionStore } from '../../shared/people/decision-store.dynamodb.ts';
import { createListStore } from '../../shared/people/list-store.dynamodb.ts';
import { createForgetLinks } from '../../shared/people/lost-links.dynamodb.ts';
import { createReadLinks } from '../../shared/people/read-links.dynamodb.ts';
import { parseEnvironment } from '../../shared/platform/parse-environment.ts';
import { composeConsumer } from '../compose-function.ts';
import { createHandleListJobs } from './handle-jobs.ts';
import { createRepeatLater } from './repeat-later.ts';
import { createTellConsents } from './tell-consents.ts';

const environment = parseEnvironment(listsQueue.environment, process.env);
const parts = composeConsumer(listsQueue.name, environment);
const client = parts.clients.dynamodb;
const links = { client, tableName: environment.LINKS_TABLE_NAME };

export const handler = consumeQueue(listsQueue, {
  ...parts,
  handleJobs: tellingUnusable(
    createHandleListJobs({
      klaviyo: parts.klaviyo,
      readLinks: createReadLinks(links),
      forgetLinks: createForgetLinks(links),
      decisions: createDecisionStore(links),
      tell: createTellConsents(parts),
      listStore: createListStore({ client, tableName: environment.CONNECTIONS_TABLE_NAME }),
      repeatLater: createRepeatLater({ publish: parts.publisher(environment.QUEUE_URL) }),
    }),
    { personOf: ({ person }) => person, tellWithheld: parts.tellWithheld },
  ),
});
