/** Everything that runs: the functions, what calls them, what they may do, and their alarms. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { secretNames } from '../shared/connections/contract.ts';
import {
  customersQueue,
  eventsQueue,
  inboundQueue,
  listsQueue,
} from '../shared/jobs/contract/queues.ts';
import type { bridgeEnvironment, EnvironmentFor } from '../shared/platform/contract/environment.ts';
import { Alarms } from './constructs/alarms.ts';
import { raiseBridgeAlarms } from './constructs/bridge-alarms.ts';
import { BridgeDashboard } from './constructs/dashboard.ts';
import { OAuthApi } from './constructs/oauth-api.ts';
import { raiseQueueAlarms } from './constructs/queue-alarms.ts';
import { QueueConsumer } from './constructs/queue-consumer.ts';
import type { QueueWithDeadLetters } from './constructs/queue-with-dead-letters.ts';
import { ScheduledPoll } from './constructs/scheduled-poll.ts';
import type { DataStack } from './data-stack.ts';
import type { Deployment } from './deployment.ts';
import {
  grantCallingKlaviyo,
  grantConnecting,
  grantItems,
  grantListing,
  grantRefreshing,
} from './permissions.ts';
import type { Stage } from './stages.ts';

export interface BridgeStackProps {
  readonly stage: Stage;
  readonly data: DataStack;
  readonly deployment: Deployment;
}

const variablesOf = (stage: Stage, data: DataStack): EnvironmentFor<typeof bridgeEnvironment> => ({
  STAGE: stage.name,
  LOG_LEVEL: stage.logLevel,
  CONNECTIONS_TABLE_NAME: data.connections.tableName,
  LINKS_TABLE_NAME: data.links.tableName,
  QUOTAS_TABLE_NAME: data.quotas.tableName,
  SECRET_NAME_PREFIX: secretNames.prefix(stage.name),
  ALLOW_ANY_API_URL: String(stage.allowAnyApiUrl),
});

const queueVariablesOf = ({ queue, deadLetters }: QueueWithDeadLetters) => ({
  QUEUE_URL: queue.queueUrl,
  DEAD_LETTER_QUEUE_URL: deadLetters.queueUrl,
});

const customersVariablesOf = (data: DataStack) => ({
  ...queueVariablesOf(data.customers),
  LISTS_QUEUE_URL: data.lists.queue.queueUrl,
});

const queueOf = ({ queue, deadLetters }: QueueWithDeadLetters) => ({ queue, deadLetters });

const queueOutputsOf = (data: DataStack): Record<string, string> => {
  const { customers, lists, events, inbound } = data;
  const queues = { Customers: customers, Lists: lists, Events: events, Inbound: inbound };
  const urls = Object.entries(queues).flatMap(([name, { queue, deadLetters }]) => [
    [`${name}QueueUrl`, queue.queueUrl],
    [`${name}DeadLettersUrl`, deadLetters.queueUrl],
  ]);
  return Object.fromEntries(urls);
};

/** The functions of one stage. It can be destroyed and made again: nothing is kept in it. */
export class BridgeStack extends Stack {
  readonly customers: QueueConsumer<typeof customersQueue.environment>;
  readonly lists: QueueConsumer<typeof listsQueue.environment>;
  readonly events: QueueConsumer<typeof eventsQueue.environment>;
  readonly poll: ScheduledPoll;
  readonly oauth: OAuthApi;
  readonly alarms: Alarms;
  readonly dashboard: BridgeDashboard;

  constructor(scope: Construct, id: string, props: BridgeStackProps) {
    const { stage, data, deployment } = props;
    super(scope, id, {
      description: `klaviyo-bridge ${stage.name}: functions, schedule, HTTP API and alarms`,
    });
    const variables = variablesOf(stage, data);
    this.alarms = new Alarms(this, 'Alarms', { email: deployment.alarmEmail });
    const shared = { stage, alarms: this.alarms };

    this.customers = new QueueConsumer(this, 'Customers', {
      ...shared,
      contract: customersQueue,
      queue: data.customers,
      environment: { ...variables, ...customersVariablesOf(data) },
    });
    this.lists = new QueueConsumer(this, 'Lists', {
      ...shared,
      contract: listsQueue,
      queue: data.lists,
      environment: { ...variables, ...queueVariablesOf(data.lists) },
    });
    this.events = new QueueConsumer(this, 'Events', {
      ...shared,
      contract: eventsQueue,
      queue: data.events,
      environment: { ...variables, ...queueVariablesOf(data.events) },
    });
    this.poll = new ScheduledPoll(this, 'Poll', {
      ...shared,
      environment: { ...variables, INBOUND_QUEUE_URL: data.inbound.queue.queueUrl },
      reserveConcurrency: deployment.reservePollConcurrency,
    });
    this.oauth = new OAuthApi(this, 'OAuth', { stage, environment: variables });

    this.watchInbound(data.inbound);
    raiseBridgeAlarms({ ...shared, events: this.events, poll: this.poll });
    this.dashboard = this.showAll(stage, data);
    this.grantAccess(stage, data);
    this.writeOutputs(stage, data, deployment);
  }

  /** The inbound queue has no consumer of ours that could own its alarms. */
  private watchInbound({ queue, deadLetters }: QueueWithDeadLetters): void {
    raiseQueueAlarms(this, this.alarms, {
      ...inboundQueue,
      queue,
      deadLetters,
      deadLettersMean:
        'The reader of the queue inbound was given a message again and again and never deleted it.',
    });
  }

  private showAll(stage: Stage, data: DataStack): BridgeDashboard {
    const { customers, lists, events, inbound } = data;
    const jobs = { customers, lists, events };
    const ours = Object.entries(jobs).map(([name, queue]) => ({
      name,
      ...queueOf(queue),
      hasConsumer: true,
    }));
    const theirs = { name: inboundQueue.name, ...queueOf(inbound), hasConsumer: false };
    return new BridgeDashboard(this, 'Dashboard', { stage, queues: [...ours, theirs] });
  }

  private grantAccess(stage: Stage, data: DataStack): void {
    const { poll } = this.poll;
    const { oauth } = this.oauth;
    const consumers = [this.customers, this.lists, this.events].map(({ consumer }) => consumer);
    for (const caller of [...consumers, poll, oauth]) grantCallingKlaviyo(data, caller);
    for (const holder of [...consumers, poll]) {
      grantRefreshing(stage, holder);
      grantItems(data.links, holder);
    }
    grantConnecting(stage, oauth);
    data.lists.queue.grantSendMessages(this.customers.consumer);
    data.inbound.queue.grantSendMessages(poll);
    // The pages look whether another connection uses a grant, before they end it.
    for (const reader of [poll, oauth]) grantListing(data.connections, reader);
    grantListing(data.links, poll); // to forget an account
  }

  /** What a person or the command line needs to know, all on this one stack, by names that stay. */
  private writeOutputs(stage: Stage, data: DataStack, { connectionDefaults }: Deployment): void {
    const outputs = {
      ...queueOutputsOf(data),
      ConnectionsTableName: data.connections.tableName,
      LinksTableName: data.links.tableName,
      QuotasTableName: data.quotas.tableName,
      OAuthAppSecretName: secretNames.prefix(stage.name) + secretNames.oauthApp,
      PublicUrl: this.oauth.publicUrl,
      OAuthRedirectUri: this.oauth.redirectUri,
      PollFunctionName: this.poll.poll.functionName,
      ConnectionDefaults: JSON.stringify(connectionDefaults),
      DashboardName: this.dashboard.dashboard.dashboardName,
      AlarmTopicArn: this.alarms.topic.topicArn,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
