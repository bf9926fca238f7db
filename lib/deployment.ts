/** What a person may decide per deployment, given in the CDK's context: `-c alarmEmail=…`. */
import * as z from 'zod';
import { connectionDefaults } from '../shared/connections/contract.ts';

const deployment = z.object({
  /** Who is told of an alarm. Left out: the topic exists, and anything can subscribe to it. */
  alarmEmail: z.email().optional(),
  /**
   * Keep one instance of Lambda's concurrency for the poll, and no more than one. A new AWS
   * account with a quota of 10 cannot reserve any: there it has to be `false` until the quota is
   * raised, and the poll's lease per connection alone keeps two runs apart.
   */
  reservePollConcurrency: z.union([z.boolean(), z.stringbool()]).default(true),
  /** What connections that are added from now on begin with. */
  connectionDefaults: connectionDefaults.default({}),
});

export type Deployment = z.output<typeof deployment>;

export class InvalidContextError extends Error {
  override readonly name = 'InvalidContextError';
}

const keys = Object.keys(deployment.shape) as readonly (keyof Deployment)[];

/** @throws InvalidContextError, one line that names the option. */
export const parseDeployment = (contextOf: (key: string) => unknown): Deployment => {
  const given = Object.fromEntries(keys.map((key) => [key, contextOf(key)]));
  const parsed = deployment.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new InvalidContextError(`the context cannot be used: ${problems.join('; ')}`);
};
