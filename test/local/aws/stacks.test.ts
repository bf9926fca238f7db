import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import {
  CfnCondition,
  CfnMapping,
  CfnOutput,
  CfnResource,
  Duration,
  Fn,
  Stack,
  Stage,
  Token,
} from 'aws-cdk-lib';
import { Rule, Schedule as RuleSchedule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as RuleTarget } from 'aws-cdk-lib/aws-events-targets';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLocalAws } from '../../../local/aws/start-local-aws.ts';
import {
  type Definition,
  type LocalStack,
  startLocalStack,
  synthesize,
} from '../../support/local-stack.ts';

const echo = 'export const handler = async (event) => ({ event, url: process.env.URL });';

const defineExpressions = (stack: Stack, queue: Queue) => {
  const isEast = new CfnCondition(stack, 'IsEast', {
    expression: Fn.conditionAnd(
      Fn.conditionEquals(stack.region, 'us-east-1'),
      Fn.conditionNot(Fn.conditionEquals(stack.stackName, 'Other')),
    ),
  });
  const isWest = new CfnCondition(stack, 'IsWest', {
    expression: Fn.conditionEquals(stack.region, 'us-west-2'),
  });
  const mapping = new CfnMapping(stack, 'Mapping', { mapping: { a: { b: 'mapped' } } });
  const absent = new CfnResource(stack, 'Absent', { type: 'AWS::SQS::Queue' });
  absent.cfnOptions.condition = isWest;
  const values = {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders
    Sub: Fn.sub('${AWS::StackName}:${Name}:${!Literal}', { Name: queue.queueName }),
    Join: Fn.join('-', ['a', stack.account, 'b']),
    Select: Fn.select(1, Fn.split(':', 'x:y:z')),
    If: Token.asString(Fn.conditionIf(isEast.logicalId, 'east', 'elsewhere')),
    Base64: Fn.base64('ë'),
    Mapped: mapping.findInMap('a', 'b'),
    Arn: queue.queueArn,
  };
  for (const [name, value] of Object.entries(values)) new CfnOutput(stack, name, { value });
};

describe('a whole app', () => {
  let local: LocalStack;
  beforeAll(async () => {
    local = await startLocalStack(
      ({ app, stack, addFunction }) => {
        const data = new Stack(app, 'Data', { stackName: 'shop-data' });
        const queue = new Queue(data, 'Queue', { visibilityTimeout: Duration.seconds(77) });
        new CfnOutput(data, 'QueueUrl', { value: queue.queueUrl, description: 'jobs & more' });
        const environment = { URL: queue.queueUrl };
        const target = addFunction('Target', echo, { environment });
        new Schedule(stack, 'Tick', {
          schedule: ScheduleExpression.rate(Duration.minutes(5)),
          target: new LambdaInvoke(target, {
            input: ScheduleTargetInput.fromObject({ from: 'scheduler' }),
          }),
        });
        const rule = new Rule(stack, 'Tock', { schedule: RuleSchedule.cron({ minute: '5' }) });
        rule.addTarget(
          new RuleTarget(target, { event: RuleTargetInput.fromObject({ from: 'rule' }) }),
        );
        new Topic(stack, 'Topic');
        defineExpressions(stack, queue);
        new CfnOutput(stack, 'Output', { value: Fn.getStackOutput('shop-data', 'QueueUrl') });
        const stage = new Stage(app, 'Nested');
        new Queue(new Stack(stage, 'Inner'), 'Deep');
      },
      { schedules: 'manual' },
    );
  });
  afterAll(() => local[Symbol.asyncDispose]());

  test('outputs are resolved, whatever intrinsic functions they are made of', () => {
    const name = 'shop-data-Queue4A7E3555';
    expect(local.aws.outputs.Fixture).toMatchObject({
      Sub: `Fixture:${name}:\${Literal}`,
      Join: 'a-000000000000-b',
      Select: 'y',
      If: 'east',
      Base64: 'w6s=',
      Mapped: 'mapped',
      Arn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
    });
  });

  test('a stack uses what another one exports, by import and by output', async () => {
    const url = local.aws.outputs['shop-data']?.QueueUrl;
    expect(local.aws.outputs.Fixture?.Output).toBe(url);
    const result = await local.aws.invoke('Target', 1);
    expect(result.ok && JSON.parse(result.payload)).toEqual({ event: 1, url });
    const { Attributes } = await local.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['VisibilityTimeout'] }),
    );
    expect(Attributes).toEqual({ VisibilityTimeout: '77' });
  });

  test('stacks inside a stage of the app run too', () => {
    expect(local.aws.queueDepth('Deep')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('what is not run is listed; what its condition leaves out is not there', () => {
    expect(local.aws.notRun).toContainEqual({
      type: 'AWS::SNS::Topic',
      logicalId: expect.stringMatching(/^Topic/),
      stack: 'Fixture',
    });
    const types = new Set(local.aws.notRun.map(({ type }) => type));
    expect(types).toContain('AWS::IAM::Role');
    expect(types).not.toContain('AWS::SQS::Queue');
    expect(Object.keys(local.aws.queues()).some((name) => name.includes('Absent'))).toBe(false);
  });

  test('schedules of both kinds are triggered by hand, with their input', async () => {
    for (const [name, from] of [
      ['Tick', 'scheduler'],
      ['Tock', 'rule'],
    ] as const) {
      const result = await local.aws.trigger(name);
      expect(result.ok && JSON.parse(result.payload).event).toEqual({ from });
    }
  });

  test('CloudFormation describes the stacks with their outputs', async () => {
    const { endpoint, region } = local.aws;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new CloudFormationClient({ endpoint, region, credentials });
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'shop-data' }));
    expect(Stacks).toMatchObject([{ StackName: 'shop-data', StackStatus: 'CREATE_COMPLETE' }]);
    expect(Stacks?.[0]?.Outputs).toContainEqual({
      OutputKey: 'QueueUrl',
      OutputValue: local.aws.outputs['shop-data']?.QueueUrl,
      Description: 'jobs & more',
    });
    expect((await client.send(new DescribeStacksCommand({}))).Stacks).toHaveLength(3);
    await expect(
      client.send(new DescribeStacksCommand({ StackName: 'nobody' })),
    ).rejects.toMatchObject({ name: 'ValidationError' });
    client.destroy();
  });

  test('a name that nothing or several things have is refused with the names there are', () => {
    expect(() => local.aws.queueDepth('Nobody')).toThrow(
      /nothing is called Nobody; there are .*Queue/,
    );
  });
});

const refuse = async (define: (definition: Definition) => void): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'refused-'));
  try {
    const aws = await startLocalAws({ assemblyFolder: synthesize(folder, define) });
    await aws.close();
    return 'it started';
  } catch (error) {
    return String(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test.each<[string, RegExp, (definition: Definition) => void]>([
  [
    'a FIFO queue',
    /Fixture\/Line.*AWS::SQS::Queue.*standard queues alone/s,
    ({ stack }) => new Queue(stack, 'Line', { fifo: true }),
  ],
  [
    'an intrinsic function that it does not know',
    /does not know Fn::Cidr; it knows Ref/,
    ({ stack }) => new CfnOutput(stack, 'Out', { value: Fn.select(0, Fn.cidr('10.0.0.0/8', 1)) }),
  ],
  [
    'a batch that AWS would not take',
    /more than 10 needs a window/,
    ({ stack, addFunction }) => {
      const target = addFunction('Target', echo);
      const queue = new Queue(stack, 'Queue');
      new CfnResource(stack, 'Mapping', {
        type: 'AWS::Lambda::EventSourceMapping',
        properties: {
          FunctionName: target.functionName,
          EventSourceArn: queue.queueArn,
          BatchSize: 11,
        },
      });
    },
  ],
  [
    'a cron expression, which it cannot tick',
    /ticks rate\(…\) schedules alone, not cron\(.*manual/,
    ({ stack, addFunction }) => {
      const schedule = RuleSchedule.cron({ minute: '5' });
      new Rule(stack, 'Tock', { schedule, targets: [new RuleTarget(addFunction('Target', echo))] });
    },
  ],
])('%s is refused at the start, by name', async (_, problem, define) => {
  expect(await refuse(define)).toMatch(problem);
});
