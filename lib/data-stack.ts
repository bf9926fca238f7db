/** Everything that must survive: tables, queues and secrets. Functions come and go beside it. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { secretNames } from '../shared/connections/contract.ts';
import {
  customersQueue,
  eventsQueue,
  listsQueue,
  type QueueContract,
} from '../shared/jobs/contract/queues.ts';
import { tables } from '../shared/platform/contract/tables.ts';
import { BridgeTable } from './constructs/bridge-table.ts';
import { OAuthAppSecret } from './constructs/oauth-app-secret.ts';
import { QueueWithDeadLetters } from './constructs/queue-with-dead-letters.ts';
import type { Stage } from './stages.ts';

export interface DataStackProps {
  readonly stage: Stage;
}

/** The tables, queues and secrets of one stage. */
export class DataStack extends Stack {
  readonly customers: QueueWithDeadLetters;
  readonly lists: QueueWithDeadLetters;
  readonly events: QueueWithDeadLetters;
  readonly inbound: QueueWithDeadLetters;
  readonly connections: BridgeTable;
  readonly links: BridgeTable;
  readonly quotas: BridgeTable;
  readonly oauthApp: OAuthAppSecret;

  constructor(scope: Construct, id: string, { stage }: DataStackProps) {
    super(scope, id, {
      description: `klaviyo-bridge ${stage.name}: tables, queues and secrets`,
      terminationProtection: stage.keepData,
    });
    const keep = stage.keepData;

    const jobQueue = (constructId: string, contract: QueueContract) =>
      new QueueWithDeadLetters(this, constructId, {
        visibilityTimeout: Duration.seconds(6 * contract.timeoutSeconds), // AWS: at least six timeouts
        maxReceiveCount: contract.maxReceiveCount,
        keep,
      });
    this.customers = jobQueue('Customers', customersQueue);
    this.lists = jobQueue('Lists', listsQueue);
    this.events = jobQueue('Events', eventsQueue);
    this.inbound = new QueueWithDeadLetters(this, 'Inbound', {
      visibilityTimeout: Duration.minutes(5), // the reader is not ours, and may ask for another
      maxReceiveCount: 50, // as generous as the job queues: the reader may be down for a while
      keep,
    });

    this.connections = new BridgeTable(this, 'Connections', { ...tables.connections, keep });
    this.links = new BridgeTable(this, 'Links', { ...tables.links, keep });
    this.quotas = new BridgeTable(this, 'Quotas', { ...tables.quotas, keep });
    this.oauthApp = new OAuthAppSecret(this, 'OAuthApp', {
      secretName: secretNames.prefix(stage.name) + secretNames.oauthApp,
      keep,
    });
  }
}
