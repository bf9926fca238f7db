import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../shared/platform/metrics.ts';
import { createTestApp, resourceAt, resourcesOf, templatesOf } from '../support/stage-templates.ts';

const { bridge } = templatesOf();
const alarms = Object.entries(resourcesOf(bridge, 'AWS::CloudWatch::Alarm'));
const alarm = (anchor: string) =>
  alarms.find(([, { Properties }]) => Properties.AlarmDescription.endsWith(`#${anchor}`))?.[1]
    .Properties;
const ownAlarms = alarms.filter(([, { Properties }]) => Properties.Namespace === 'KlaviyoBridge');

describe('an alarm', () => {
  it.each(alarms)('%s says why silence is good or bad, and where to read on', (_id, resource) => {
    expect(resource.Properties.AlarmDescription).toMatch(
      /^.+\. Without data: .+\. What to do: docs\/runbook\.md#[a-z-]+$/,
    );
    expect(resource.Properties.TreatMissingData).toMatch(/^(notBreaching|breaching)$/);
  });

  it.each(alarms)('%s tells its topic when it begins and when it ends', (_id, { Properties }) => {
    const [topic] = Object.keys(resourcesOf(bridge, 'AWS::SNS::Topic'));
    expect(Properties.AlarmActions).toEqual([{ Ref: topic }]);
    expect(Properties.OKActions).toEqual([{ Ref: topic }]);
  });

  it('rings for a single dead letter', () => {
    expect(alarm('events-dead-letters')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
    });
  });

  it('counts what other systems never read from the inbound queue as theirs, not ours', () => {
    expect(alarm('inbound-dead-letters')?.AlarmDescription).toMatch(
      /^The reader of the queue inbound/,
    );
  });

  it('rings for a poll that is not invoked as well as for one that fails each time', () => {
    expect(alarm('poll-not-running')).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
    expect(alarm('poll-not-running')?.Metrics[0].Expression).toBe(
      'FILL(runs, 0) - FILL(failures, 0)',
    );
  });

  it('rings for a lost authorisation in whichever function it shows', () => {
    expect(alarm('connections-need-authorisation')).toMatchObject({
      Namespace: 'KlaviyoBridge',
      MetricName: 'NeedsAuthorisation',
      Dimensions: [{ Name: 'stage', Value: 'dev' }],
      Statistic: 'Sum',
      Threshold: 1,
    });
  });

  it('rings for changes that wait in Klaviyo for a quarter of an hour', () => {
    expect(alarm('poll-lag')).toMatchObject({
      MetricName: 'PollLag',
      Statistic: 'Maximum',
      Threshold: 900,
    });
  });

  it('leaves a scan that failed once to the next runs', () => {
    expect(alarm('poll-scans-failing')).toMatchObject({ EvaluationPeriods: 3, Period: 300 });
  });

  it.each(ownAlarms)(
    '%s watches a metric under dimensions that it is written under',
    (_id, own) => {
      const { MetricName, Dimensions } = own.Properties;
      const names = Dimensions.map(({ Name }: { Name: string }) => Name);
      const given = Object.fromEntries(
        Dimensions.map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]),
      );
      const lines: string[] = [];
      const { stage, service = 'any' } = given;
      const metrics = createMetrics({ stage, service, write: (line) => lines.push(line) });
      metrics.add(MetricName);
      metrics.flush();
      const written = lines.flatMap((line) => JSON.parse(line)._aws.CloudWatchMetrics);
      expect(written.flatMap(({ Dimensions: sets }) => sets)).toContainEqual(
        names.toSorted().reverse(),
      );
      expect(JSON.parse(lines[0] ?? '')).toMatchObject(given);
    },
  );
});

describe('the topic of the alarms', () => {
  const topic = resourceAt(bridge, 'AWS::SNS::Topic', 'Alarms').Properties;
  const [[keyId, key] = []] = Object.entries(resourcesOf(bridge, 'AWS::KMS::Key'));

  it('is encrypted with a key of the stage, which AWS renews each year', () => {
    expect(topic.KmsMasterKeyId).toEqual({ 'Fn::GetAtt': [keyId, 'Arn'] });
    expect(key?.Properties.EnableKeyRotation).toBe(true);
  });

  it('can be used by alarms all the same: they may encrypt with its key', () => {
    expect(key?.Properties.KeyPolicy.Statement).toContainEqual({
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
  });

  it('has a key that goes with the stack, seven days later', () => {
    expect(key?.DeletionPolicy).toBe('Delete');
    expect(key?.Properties.PendingWindowInDays).toBe(7);
  });

  it('lets the alarms of its own account in', () => {
    const { Properties } = resourceAt(bridge, 'AWS::SNS::TopicPolicy', 'Alarms');
    expect(Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
  });

  it('writes to nobody unless the context names an address', () => {
    bridge.resourceCountIs('AWS::SNS::Subscription', 0);
    const context = { alarmEmail: 'oncall@example.com' };
    Template.fromStack(createTestApp({ context }).bridge).hasResourceProperties(
      'AWS::SNS::Subscription',
      { Protocol: 'email', Endpoint: 'oncall@example.com' },
    );
  });
});
