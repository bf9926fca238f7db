/**
 * The environment of each function: the names that infrastructure sets and code reads.
 * Both sides import these schemas, so a missing or misspelt variable does not compile.
 */
import * as z from 'zod';

/** What the construct of a function with this schema has to set: every key, as a string. */
export type EnvironmentFor<E extends z.ZodObject> = {
  readonly [K in keyof z.output<E>]: string;
};

export const logLevel = z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']);

/** Every function: where the connections, their quotas and their secrets are. */
export const bridgeEnvironment = z.object({
  STAGE: z.string().min(1),
  LOG_LEVEL: logLevel,
  CONNECTIONS_TABLE_NAME: z.string().min(1),
  LINKS_TABLE_NAME: z.string().min(1),
  QUOTAS_TABLE_NAME: z.string().min(1),
  /** `klaviyo-bridge/<stage>/`: see `secretNames` in connection.ts for what follows it. */
  SECRET_NAME_PREFIX: z.string().endsWith('/'),
  /** `true` only on a stage that talks to something other than Klaviyo itself. */
  ALLOW_ANY_API_URL: z.stringbool(),
});

/** A function that drains one of the job queues. */
export const consumerEnvironment = bridgeEnvironment.extend({
  QUEUE_URL: z.url(),
  DEAD_LETTER_QUEUE_URL: z.url(),
});

export const customersEnvironment = consumerEnvironment.extend({
  /** Where the list changes of a customer job go after the upsert. */
  LISTS_QUEUE_URL: z.url(),
});

export const pollEnvironment = bridgeEnvironment.extend({
  INBOUND_QUEUE_URL: z.url(),
});

export const oauthEnvironment = bridgeEnvironment.extend({
  /** The public origin of the HTTP API, without a trailing slash. */
  PUBLIC_URL: z.url(),
});
