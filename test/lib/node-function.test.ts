import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { NodeFunction, type NodeFunctionProps } from '../../lib/constructs/node-function.ts';
import { stageNamed, stageNames } from '../../lib/stages.ts';
import { consumerEnvironment } from '../../shared/platform/contract/environment.ts';
import { resourcesOf, templatesOf } from '../support/stage-templates.ts';

const { bridge } = templatesOf();
const functions = Object.entries(resourcesOf(bridge, 'AWS::Lambda::Function'));

describe('every function', () => {
  it('is one of five, none of them the CDK’s own', () => {
    expect(functions).toHaveLength(5);
  });

  it.each(functions)('%s runs on Node 24 and arm64', (_id, { Properties }) => {
    expect(Properties.Runtime).toBe('nodejs24.x');
    expect(Properties.Architectures).toEqual(['arm64']);
  });

  it.each(functions)('%s starts without reading its source map', (_id, { Properties }) => {
    expect(Properties.Environment.Variables).not.toHaveProperty('NODE_OPTIONS');
  });

  it.each(functions)('%s writes to a log group of its own, and its role to no other', (_id, fn) => {
    const log = fn.Properties.LoggingConfig.LogGroup.Ref;
    const role = fn.Properties.Role['Fn::GetAtt'][0];
    const statements = Object.values(resourcesOf(bridge, 'AWS::IAM::Policy'))
      .filter(({ Properties }) => Properties.Roles[0].Ref === role)
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => JSON.stringify(Action).includes('logs:'));
    expect(statements.map(({ Resource }) => Resource)).toEqual([{ 'Fn::GetAtt': [log, 'Arn'] }]);
  });

  it('has no managed policy', () => {
    for (const { Properties } of Object.values(resourcesOf(bridge, 'AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  it.each(stageNames)('keeps its log on %s for as long as the stage says', (stage) => {
    const groups = Object.values(resourcesOf(templatesOf(stage).bridge, 'AWS::Logs::LogGroup'));
    const days = new Set(groups.map(({ Properties }) => Properties.RetentionInDays));
    expect([...days]).toEqual([stageNamed(stage).logRetention]);
  });
});

describe('every log', () => {
  it.each(stageNames)('of %s outlives the stack where the stage keeps its data', (stage) => {
    const logs = Object.values(resourcesOf(templatesOf(stage).bridge, 'AWS::Logs::LogGroup'));
    expect(logs).toHaveLength(functions.length + 1); // and the accesses of the API
    const policy = stageNamed(stage).keepData ? 'Retain' : 'Delete';
    for (const { DeletionPolicy, UpdateReplacePolicy } of logs)
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual([policy, policy]);
  });
});

describe('the environment of a function', () => {
  const complete = {
    STAGE: 'dev',
    LOG_LEVEL: 'INFO',
    CONNECTIONS_TABLE_NAME: 'connections',
    LINKS_TABLE_NAME: 'links',
    QUOTAS_TABLE_NAME: 'quotas',
    SECRET_NAME_PREFIX: 'klaviyo-bridge/dev/',
    ALLOW_ANY_API_URL: 'false',
    QUEUE_URL: 'https://sqs.example/queue',
  };
  const deadLetters = 'https://sqs.example/dead-letters';

  const variablesOf = (
    environment: NodeFunctionProps<typeof consumerEnvironment>['environment'],
  ) => {
    const stack = new Stack(
      new App({
        context: { 'aws:cdk:bundling-stacks': [] },
        builtinCloudFormationValidation: false,
      }),
      'Test',
    );
    new NodeFunction(stack, 'Function', {
      name: 'lists',
      stage: stageNamed('dev'),
      environmentSchema: consumerEnvironment,
      environment,
      timeout: Duration.seconds(1),
    });
    const [only] = Object.values(resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function'));
    return only?.Properties.Environment.Variables;
  };

  // The compiler is the test here: an unused @ts-expect-error is an error itself.
  it('compiles with every variable of its schema', () => {
    const variables = variablesOf({ ...complete, DEAD_LETTER_QUEUE_URL: deadLetters });
    expect(variables).toMatchObject({ ...complete, DEAD_LETTER_QUEUE_URL: deadLetters });
  });

  it('does not compile without one of them', () => {
    // @ts-expect-error DEAD_LETTER_QUEUE_URL is missing
    const variables = variablesOf({ ...complete });
    expect(variables).not.toHaveProperty('DEAD_LETTER_QUEUE_URL');
  });

  it('does not compile with one of them misspelt', () => {
    // @ts-expect-error DEAD_LETTERS_QUEUE_URL is DEAD_LETTER_QUEUE_URL misspelt
    const variables = variablesOf({ ...complete, DEAD_LETTERS_QUEUE_URL: deadLetters });
    expect(variables).not.toHaveProperty('DEAD_LETTER_QUEUE_URL');
  });

  it('does not compile with one that the schema does not know', () => {
    const known = { ...complete, DEAD_LETTER_QUEUE_URL: deadLetters };
    // @ts-expect-error nothing reads QUEUE_NAME
    const variables = variablesOf({ ...known, QUEUE_NAME: 'lists' });
    expect(variables).toHaveProperty('QUEUE_NAME');
  });
});
