/** The one registry of alarms: each explains itself, and ends at its heading in the runbook. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmDefinition {
  /** Names the alarm's heading in the runbook too: `docs/runbook.md#<id>`. */
  readonly id: string;
  /** One sentence for the person it wakes: what is the matter. */
  readonly means: string;
  readonly metric: IMetric;
  /** It rings when the metric is at or above this (or below, where `rings` says so) … */
  readonly threshold: number;
  readonly rings: 'at-or-above' | 'below';
  /** … in this many periods of the metric on end. */
  readonly evaluationPeriods: number;
  readonly withoutData: { readonly treatAs: TreatMissingData; readonly because: string };
}

export interface AlarmsProps {
  /** @default - nobody is told by e-mail; anything can subscribe to the topic */
  readonly email?: string | undefined;
}

const comparisons = {
  'at-or-above': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
} as const;

/** The alarms of a stage and the topic they are told on. */
export class Alarms extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { email }: AlarmsProps = {}) {
    super(scope, id);
    // AWS's own key for SNS would not do: its policy, which nobody can change, keeps CloudWatch out.
    const key = new Key(this, 'TopicKey', {
      description: 'klaviyo-bridge: encrypts what its alarms say, on the way to those they tell',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY, // the topic keeps no message that would need it again
      pendingWindow: Duration.days(7),
    });
    key.addToResourcePolicy(allowAlarms(this, ['kms:Decrypt', 'kms:GenerateDataKey*'], '*'));
    const topic = new Topic(this, 'Topic', { enforceSSL: true, masterKey: key });
    topic.addToResourcePolicy(allowAlarms(this, ['sns:Publish'], topic.topicArn));
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    this.topic = topic;
  }

  /** Makes an alarm in the construct that owns what it watches. */
  raise(owner: Construct, definition: AlarmDefinition): Alarm {
    const { id, means, rings, withoutData } = definition;
    const alarm = new Alarm(owner, `${id}-alarm`, {
      metric: definition.metric,
      threshold: definition.threshold,
      comparisonOperator: comparisons[rings],
      evaluationPeriods: definition.evaluationPeriods,
      treatMissingData: withoutData.treatAs,
      alarmDescription: `${means} Without data: ${withoutData.because}. What to do: docs/runbook.md#${id}`,
    });
    const told = new SnsAction(this.topic);
    alarm.addAlarmAction(told);
    alarm.addOkAction(told);
    return alarm;
  }
}

/** What has a policy of its own does not let CloudWatch in by itself. */
const allowAlarms = (scope: Construct, actions: string[], resource: string) =>
  new PolicyStatement({
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions,
    resources: [resource],
    conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
  });
