import { describe, expect, it } from 'vitest';
import { createTestApp, resourceAt, resourcesOf, templatesOf } from '../support/stage-templates.ts';

const { data } = templatesOf('prod');
const queues = Object.entries(resourcesOf(data, 'AWS::SQS::Queue'));
const tables = Object.entries(resourcesOf(data, 'AWS::DynamoDB::Table'));
const [, secret] = Object.entries(resourcesOf(data, 'AWS::SecretsManager::Secret'))[0] ?? [];
const fourteenDaysSeconds = 14 * 86_400;

describe('the queues', () => {
  it('are four, each with its own dead letters', () => {
    const names = queues.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
    expect(names.sort()).toEqual(
      ['Customers', 'Events', 'Inbound', 'Lists'].flatMap((name) => [
        `${name}DeadLetters`,
        `${name}Queue`,
      ]),
    );
    for (const name of ['Customers', 'Lists', 'Events', 'Inbound']) {
      const { Properties } = resourceAt(data, 'AWS::SQS::Queue', `${name}Queue`);
      const [deadLetters] = Properties.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'];
      expect(deadLetters).toMatch(new RegExp(`^${name}DeadLetters`));
    }
  });

  it.each(queues)('%s keeps messages for the longest time that SQS knows', (_id, queue) => {
    expect(queue.Properties.MessageRetentionPeriod).toBe(fourteenDaysSeconds);
  });

  it.each(queues)('%s is encrypted at rest', (_id, queue) => {
    expect(queue.Properties.SqsManagedSseEnabled).toBe(true);
  });

  it.each(queues)('%s refuses everything but TLS', (id) => {
    const statements = Object.values(resourcesOf(data, 'AWS::SQS::QueuePolicy'))
      .filter(({ Properties }) => Properties.Queues[0].Ref === id)
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sqs:*',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  it.each(queues)('%s outlives the stack', (_id, queue) => {
    expect([queue.DeletionPolicy, queue.UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
  });

  it('are standard queues, which alone serve message groups fairly without ordering them', () => {
    expect(queues.filter(([, queue]) => queue.Properties.FifoQueue !== undefined)).toEqual([]);
  });
});

describe('the tables', () => {
  it.each([
    ['Connections', ['pk', 'sk'], 'expiresAt'],
    ['Links', ['pk'], 'expiresAt'],
    ['Quotas', ['pk'], 'e'],
  ])('%s has the key %j and ages items out by %s', (name, key, timeToLive) => {
    const { Properties } = resourceAt(data, 'AWS::DynamoDB::Table', name);
    const attributes = Properties.KeySchema.map((k: { AttributeName: string }) => k.AttributeName);
    expect(attributes).toEqual(key);
    expect(Properties.TimeToLiveSpecification).toEqual({
      AttributeName: timeToLive,
      Enabled: true,
    });
  });

  it.each(tables)('%s is billed on demand', (_id, table) => {
    expect(table.Properties.BillingMode).toBe('PAY_PER_REQUEST');
  });

  it.each(tables)('%s can be restored to any second', (_id, table) => {
    expect(table.Properties.PointInTimeRecoverySpecification).toEqual({
      PointInTimeRecoveryEnabled: true,
    });
  });

  it.each(tables)('%s refuses deletion and outlives the stack', (_id, table) => {
    expect(table.Properties.DeletionProtectionEnabled).toBe(true);
    expect([table.DeletionPolicy, table.UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
  });
});

describe('the secret of the OAuth app', () => {
  it('has the name that the functions read', () => {
    expect(secret?.Properties.Name).toBe('klaviyo-bridge/prod/oauth-app');
  });

  it('has no value until a person sets one, rather than a random one', () => {
    expect(secret?.Properties).not.toHaveProperty('GenerateSecretString');
    expect(secret?.Properties).not.toHaveProperty('SecretString');
  });

  it('outlives the stack', () => {
    expect(secret?.DeletionPolicy).toBe('Retain');
  });
});

it('a stack of data that is kept cannot be deleted by a slip', () => {
  expect(createTestApp({ stage: 'prod' }).data.terminationProtection).toBe(true);
  expect(createTestApp({ stage: 'local' }).data.terminationProtection).toBe(false);
});
