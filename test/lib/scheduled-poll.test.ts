import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { createTestApp, resourceAt, resourcesOf, templatesOf } from '../support/stage-templates.ts';

const { bridge } = templatesOf();
const poll = resourceAt(bridge, 'AWS::Lambda::Function', 'Poll').Properties;
const schedule = resourceAt(bridge, 'AWS::Scheduler::Schedule', 'Poll').Properties;

describe('the poll', () => {
  it.each(['dev', 'prod', 'local'])('runs once a minute on %s', (stage) => {
    const { Properties } = resourceAt(
      templatesOf(stage).bridge,
      'AWS::Scheduler::Schedule',
      'Poll',
    );
    expect(Properties.ScheduleExpression).toBe('rate(1 minute)');
    expect(Properties.State).toBe('ENABLED');
  });

  it('has ended before the next run is due', () => {
    expect(poll.Timeout).toBeLessThan(60);
  });

  it('never runs twice at once', () => {
    expect(poll.ReservedConcurrentExecutions).toBe(1);
  });

  it('reserves no concurrency where the account has none to spare', () => {
    const context = { reservePollConcurrency: 'false' };
    const template = Template.fromStack(createTestApp({ context }).bridge);
    const { Properties } = resourceAt(template, 'AWS::Lambda::Function', 'Poll');
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('drops a late run instead of running twice in a row', () => {
    expect(schedule.Target.RetryPolicy).toEqual({
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 0,
    });
    const [invocations] = Object.values(resourcesOf(bridge, 'AWS::Lambda::EventInvokeConfig'));
    expect(invocations?.Properties).toMatchObject({
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 0,
    });
  });

  it('is invoked by a role that may do only that', () => {
    const { Properties } = resourceAt(bridge, 'AWS::IAM::Policy', 'PollSchedulerRole');
    expect(Properties.PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: schedule.Target.Arn },
    ]);
  });

  it('puts changes on the inbound queue', () => {
    const { INBOUND_QUEUE_URL } = poll.Environment.Variables;
    expect(JSON.stringify(INBOUND_QUEUE_URL)).toContain('InboundQueue');
  });
});
