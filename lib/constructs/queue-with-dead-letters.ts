/** A queue as every one of ours is: encrypted, TLS only, patient, and with its dead letters. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface QueueWithDeadLettersProps {
  /** How long a message that was received stays hidden while it is worked on. */
  readonly visibilityTimeout: Duration;
  readonly maxReceiveCount: number;
  /** The queues outlive the stack. */
  readonly keep: boolean;
}

/** SQS's longest: a job may be held for days, until its connection is authorised again. */
const retentionPeriod = Duration.days(14);

/**
 * A queue and its dead-letter queue.
 *
 * Both keep messages for 14 days, though AWS advises a longer time for dead letters: 14 is the
 * most there is. A dead letter that a consumer sends starts a new 14 days, and those are all but
 * the crash loops. One that SQS itself moves after `maxReceiveCount` keeps the age that it had; a
 * consumer sends a job anew after 10 days, so even then a person has 4 days to find it.
 */
export class QueueWithDeadLetters extends Construct {
  readonly queue: IQueue;
  readonly deadLetters: IQueue;

  constructor(scope: Construct, id: string, props: QueueWithDeadLettersProps) {
    super(scope, id);
    const common = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod,
      removalPolicy: props.keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    this.deadLetters = new Queue(this, 'DeadLetters', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: props.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.maxReceiveCount },
    });
  }
}
