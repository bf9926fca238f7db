/** Every function by its folder's name, with the schema of its environment and an example of it. */
import type * as z from 'zod';
import { jobQueues } from '../../shared/jobs/contract/queues.ts';
import { oauthEnvironment, pollEnvironment } from '../../shared/platform/contract/environment.ts';

export const functionEnvironments: ReadonlyMap<string, z.ZodObject> = new Map<string, z.ZodObject>([
  ...jobQueues.map(({ name, environment }) => [name, environment] as const),
  ['poll', pollEnvironment],
  ['oauth', oauthEnvironment],
]);

const queueUrl = (name: string) => `http://127.0.0.1:9/000000000000/${name}`;

const examples: Readonly<Record<string, string>> = {
  STAGE: 'local',
  LOG_LEVEL: 'ERROR',
  CONNECTIONS_TABLE_NAME: 'connections',
  LINKS_TABLE_NAME: 'links',
  QUOTAS_TABLE_NAME: 'quotas',
  SECRET_NAME_PREFIX: 'klaviyo-bridge/local/',
  ALLOW_ANY_API_URL: 'true',
  QUEUE_URL: queueUrl('queue'),
  DEAD_LETTER_QUEUE_URL: queueUrl('dead-letters'),
  LISTS_QUEUE_URL: queueUrl('lists'),
  INBOUND_QUEUE_URL: queueUrl('inbound'),
  PUBLIC_URL: 'https://bridge.example',
};

/** What Lambda sets by itself, as far as the AWS SDK needs it to start. */
const lambdaVariables = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};

/** The variables that a schema names, and no others. */
export const exampleEnvironment = (schema: z.ZodObject): Record<string, string> => {
  const names = Object.keys(schema.shape);
  const named = Object.entries(examples).filter(([name]) => names.includes(name));
  return { ...Object.fromEntries(named), ...lambdaVariables };
};
