// Composition root: parse the environment, build the parts, wire the queue to its logic. Only that.
import { composeConsumer } from '../../shared/aws/compose-function.ts';
import { createListStore } from '../../shared/aws/list-store.ts';
import { createReadLinks } from '../../shared/aws/read-links.ts';
import { createWordStore } from '../../shared/aws/word-store.ts';
import { listsQueue } from '../../shared/contracts/queues.ts';
import { consumeQueue } from '../../shared/runtime/consume-queue.ts';
import { parseEnvironment } from '../../shared/runtime/parse-environment.ts';
import { tellingUnusable } from '../../shared/runtime/tell-unusable.ts';
import { createRepeatLater } from './repeat-later.ts';
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
      words: createWordStore(links),
      listStore: createListStore({ client, tableName: environment.CONNECTIONS_TABLE_NAME }),
      repeatLater: createRepeatLater({ publish: parts.publisher(environment.QUEUE_URL) }),
    }),
    { personOf: ({ person }) => person, tellWithheld: parts.tellWithheld },
  ),
});
