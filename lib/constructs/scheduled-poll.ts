/** The poll: once a minute it asks Klaviyo what changed. */
import { Duration, Stack } from 'aws-cdk-lib';
import { MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import {
  type EnvironmentFor,
  pollEnvironment,
} from '../../shared/platform/contract/environment.ts';
import type { Stage } from '../stages.ts';
import type { AlarmDefinition, Alarms } from './alarms.ts';
import { NodeFunction } from './node-function.ts';

export interface ScheduledPollProps {
  readonly stage: Stage;
  readonly environment: EnvironmentFor<typeof pollEnvironment>;
  /** `false` where the account's concurrency is too small to reserve any of it. */
  readonly reserveConcurrency: boolean;
  readonly alarms: Alarms;
}

const every = Duration.minutes(1);

/** A run ends before the next is due; what it had no time for, the next goes on with. */
const timeout = Duration.seconds(55);

/** A tick that could not run is dropped: another follows within the minute, and covers it. */
const dropLateTicks = { maxEventAge: every, retryAttempts: 0 };

const onNotRunning = (poll: IFunction): AlarmDefinition => {
  const sum = { period: Duration.minutes(5), statistic: 'Sum' };
  return {
    id: 'poll-not-running',
    means:
      'The poll has not ended a single run well for 15 minutes: changes in Klaviyo wait there.',
    metric: new MathExpression({
      expression: 'FILL(runs, 0) - FILL(failures, 0)',
      label: 'runs that ended well',
      period: sum.period,
      usingMetrics: { runs: poll.metricInvocations(sum), failures: poll.metricErrors(sum) },
    }),
    threshold: 1,
    rings: 'below',
    evaluationPeriods: 3,
    withoutData: {
      treatAs: TreatMissingData.BREACHING,
      because: 'a function that is never invoked reports nothing, which is the fault itself',
    },
  };
};

/** The role that the CDK would make may invoke every version of the function; one is enough. */
const schedulerRole = (scope: Construct, poll: IFunction): Role => {
  const account = { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } };
  const role = new Role(scope, 'SchedulerRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: account }),
  });
  role.addToPolicy(
    new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [poll.functionArn] }),
  );
  return role;
};

/** The poll function, its schedule, and the alarm that tells when it stopped. */
export class ScheduledPoll extends Construct {
  readonly poll: NodeFunction<typeof pollEnvironment>;

  constructor(scope: Construct, id: string, props: ScheduledPollProps) {
    super(scope, id);
    this.poll = new NodeFunction(this, 'Function', {
      name: 'poll',
      stage: props.stage,
      environmentSchema: pollEnvironment,
      environment: props.environment,
      timeout,
      memorySizeMiB: 1_024, // a page of 100 profiles takes processor time, which comes with memory
      // Two runs at once would ask Klaviyo the same and publish it twice. The lease of each
      // connection keeps them apart too; this one also keeps them from spending permits on it.
      ...(props.reserveConcurrency ? { reservedConcurrentExecutions: 1 } : {}),
    });
    this.poll.configureAsyncInvoke(dropLateTicks);

    new Schedule(this, 'Schedule', {
      schedule: ScheduleExpression.rate(every),
      target: new LambdaInvoke(this.poll, {
        ...dropLateTicks,
        role: schedulerRole(this, this.poll).withoutPolicyUpdates(),
      }),
      description: 'Asks Klaviyo once a minute which profiles changed',
    });
    props.alarms.raise(this, onNotRunning(this.poll));
  }
}
