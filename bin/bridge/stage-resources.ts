/** What a stage consists of, as its stack tells. */
import * as z from 'zod';
import { type ConnectionDefaults, connectionDefaults } from '../../shared/connections/contract.ts';
import { jobQueues } from '../../shared/jobs/contract/queues.ts';
import { CommandFailure } from './failure.ts';

const name = z.string().min(1);
const url = z.url();

/** The outputs of the stack `klaviyo-bridge-<stage>` that the command line uses. */
const outputs = z.object({
  CustomersQueueUrl: url,
  CustomersDeadLettersUrl: url,
  ListsQueueUrl: url,
  ListsDeadLettersUrl: url,
  EventsQueueUrl: url,
  EventsDeadLettersUrl: url,
  InboundQueueUrl: url,
  InboundDeadLettersUrl: url,
  ConnectionsTableName: name,
  LinksTableName: name,
  QuotasTableName: name,
  OAuthAppSecretName: name,
  PublicUrl: url,
  OAuthRedirectUri: url,
  PollFunctionName: name,
  ConnectionDefaults: connectionDefaults.default({}),
});

/** The queues in the order in which they are shown. */
export const queueNames = [...jobQueues.map((queue) => queue.name), 'inbound'] as const;

export type QueueName = (typeof queueNames)[number];

export interface QueueResources {
  readonly name: QueueName;
  readonly url: string;
  readonly deadLettersUrl: string;
}

export interface StageResources {
  readonly stage: string;
  readonly queues: Readonly<Record<QueueName, QueueResources>>;
  readonly connectionsTable: string;
  readonly linksTable: string;
  readonly quotasTable: string;
  readonly oauthAppSecret: string;
  readonly publicUrl: string;
  readonly redirectUri: string;
  readonly pollFunction: string;
  readonly connectionDefaults: ConnectionDefaults;
}

export const stackNameOf = (stage: string): string => `klaviyo-bridge-${stage}`;

/** @throws CommandFailure when the stack is missing, or of a version that tells less. */
export const toStageResources = (
  stage: string,
  found: Readonly<Record<string, string>> | undefined,
): StageResources => {
  const deploy = `\`npx cdk deploy --all -c stage=${stage}\``;
  if (found === undefined)
    throw new CommandFailure(
      `there is no stack ${stackNameOf(stage)} in this account and region: deploy it with ${deploy}, or correct --stage, --profile or --region`,
    );
  const parsed = outputs.safeParse(found);
  if (!parsed.success) {
    const missing = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new CommandFailure(
      `the stack ${stackNameOf(stage)} does not tell its ${missing}: deploy this version with ${deploy}`,
    );
  }
  const { data } = parsed;
  return {
    stage,
    queues: {
      customers: {
        name: 'customers',
        url: data.CustomersQueueUrl,
        deadLettersUrl: data.CustomersDeadLettersUrl,
      },
      lists: { name: 'lists', url: data.ListsQueueUrl, deadLettersUrl: data.ListsDeadLettersUrl },
      events: {
        name: 'events',
        url: data.EventsQueueUrl,
        deadLettersUrl: data.EventsDeadLettersUrl,
      },
      inbound: {
        name: 'inbound',
        url: data.InboundQueueUrl,
        deadLettersUrl: data.InboundDeadLettersUrl,
      },
    },
    connectionsTable: data.ConnectionsTableName,
    linksTable: data.LinksTableName,
    quotasTable: data.QuotasTableName,
    oauthAppSecret: data.OAuthAppSecretName,
    publicUrl: data.PublicUrl,
    redirectUri: data.OAuthRedirectUri,
    pollFunction: data.PollFunctionName,
    connectionDefaults: data.ConnectionDefaults,
  };
};
