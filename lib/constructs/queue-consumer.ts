/** A job queue's consumer, its throttle, and the alarms of the queue. */
import { Duration } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type { QueueContract } from '../../shared/jobs/contract/queues.ts';
import type {
  consumerEnvironment,
  EnvironmentFor,
} from '../../shared/platform/contract/environment.ts';
import type { Stage } from '../stages.ts';
import type { Alarms } from './alarms.ts';
import { NodeFunction } from './node-function.ts';
import { raiseQueueAlarms } from './queue-alarms.ts';
import type { QueueWithDeadLetters } from './queue-with-dead-letters.ts';

export interface QueueConsumerProps<E extends typeof consumerEnvironment> {
  readonly stage: Stage;
  readonly contract: QueueContract<z.ZodType, E>;
  readonly queue: QueueWithDeadLetters;
  readonly environment: EnvironmentFor<E>;
  readonly alarms: Alarms;
}

/** The one function that drains a job queue, throttled by how many of it Lambda runs at once. */
export class QueueConsumer<E extends typeof consumerEnvironment> extends Construct {
  readonly consumer: NodeFunction<E>;

  constructor(scope: Construct, id: string, props: QueueConsumerProps<E>) {
    super(scope, id);
    const { stage, contract, environment, alarms } = props;
    const { queue, deadLetters } = props.queue;

    this.consumer = new NodeFunction(this, 'Consumer', {
      name: contract.name,
      stage,
      environmentSchema: contract.environment,
      environment,
      timeout: Duration.seconds(contract.timeoutSeconds),
      // A job that has to wait for long goes back to the queue as a copy of itself. Lambda would
      // take the 16th for a runaway loop and drop it; the job's own age ends ours.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    this.consumer.addEventSource(
      new SqsEventSource(queue, {
        batchSize: contract.batchSize,
        maxBatchingWindow: Duration.seconds(contract.batchingWindowSeconds),
        // At the poller: reserved concurrency would receive, be refused, and use up deliveries.
        maxConcurrency: stage.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    queue.grantSendMessages(this.consumer);
    deadLetters.grantSendMessages(this.consumer);

    raiseQueueAlarms(this, alarms, {
      name: contract.name,
      staleAfterSeconds: contract.staleAfterSeconds,
      queue,
      deadLetters,
      deadLettersMean: `The bridge has given up at least one job of the queue ${contract.name}: it waits among the dead letters, with the reason.`,
    });
  }
}
