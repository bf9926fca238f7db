// Composition root: parse the environment, build the parts, wire the queue to its logic. Only that.

import { consumeQueue } from '../../shared/jobs/consume-queue.ts';
import { listsQueue } from '../../shared/jobs/contract/queues.ts';
import { tellingUnusable } from '../../shared/jobs/tell-unusable.ts';
import { createWordStore } from '../../shared/people/decision-store.dynamodb.ts';
import { createForgetLinks } from '../../shared/people/forget-links.dynamodb.ts';
import { createListStore } from '../../shared/people/list-store.dynamodb.ts';
import { createReadLinks } from '../../shared/people/read-links.dynamodb.ts';
import { parseEnvironment } from '../../shared/platform/parse-environment.ts';
import { composeConsumer } from '../compose-function.ts';
import { createRepeatLater } from './repeat-later.ts';
import { createTellConsents } from './tell-consents.ts';
import { createUpdateLists } from './update-lists.ts';

const environment = parseEnvironment(listsQueue.environment, process.env);
const parts = composeConsumer(listsQueue.name, environment);
const client = parts.clients.dynamodb;
const links = { client, tableName: environment.LINKS_TABLE_NAME };

export const handler = consumeQueue(listsQueue, {
  ...parts,
  handleJobs: tellingUnusable(
    createUpdateLists({
      klaviyo: parts.klaviyo,
      readLinks: createReadLinks(links),
      forgetLinks: createForgetLinks(links),
      words: createWordStore(links),
      tell: createTellConsents(parts),
      listStore: createListStore({ client, tableName: environment.CONNECTIONS_TABLE_NAME }),
      repeatLater: createRepeatLater({ publish: parts.publisher(environment.QUEUE_URL) }),
    }),
    { personOf: ({ person }) => person, tellWithheld: parts.tellWithheld },
  ),
});
