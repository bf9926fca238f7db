import { describe, expect, it } from 'vitest';
import { resourcesOf, templatesOf } from '../support/stage-templates.ts';

const { data, bridge } = templatesOf('prod');

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** A role's statements, by the construct that owns the role: `CustomersConsumer`, `PollFunction`, … */
const granted = new Map<string, readonly Statement[]>(
  Object.entries(resourcesOf(bridge, 'AWS::IAM::Policy')).map(([id, { Properties }]) => [
    id.replace(/RoleDefaultPolicy[0-9A-F]{8}$/, ''),
    Properties.PolicyDocument.Statement,
  ]),
);

const actionsOf = (owner: string, about: (resource: string) => boolean) =>
  (granted.get(owner) ?? [])
    .filter(({ Resource }) => asList(Resource).some((one) => about(JSON.stringify(one))))
    .flatMap(({ Action }) => asList(Action))
    .sort();

const callers = [
  'CustomersConsumer',
  'ListsConsumer',
  'EventsConsumer',
  'PollFunction',
  'OAuthFunction',
];

describe('permissions', () => {
  it('are given to the functions and the scheduler, and to nobody else', () => {
    expect([...granted.keys()].sort()).toEqual([...callers, 'PollScheduler'].sort());
  });

  it.each([...granted])('of %s name each action', (_owner, statements) => {
    for (const action of statements.flatMap(({ Action }) => asList(Action))) {
      expect(action).not.toContain('*');
    }
  });

  it.each([...granted])(
    'of %s name each resource, but for the secrets of connections',
    (_owner, statements) => {
      const wild = statements
        .flatMap(({ Resource }) => asList(Resource))
        .map((resource) => JSON.stringify(resource))
        .filter((resource) => resource.includes('*'));
      for (const resource of wild) {
        expect(resource).toMatch(/:secret:klaviyo-bridge\/prod\/connections\/\*"/);
      }
    },
  );

  it.each([...granted])('of %s only allow', (_owner, statements) => {
    expect(statements.filter(({ Effect }) => Effect !== 'Allow')).toEqual([]);
  });

  it('to scan a table are for connections, and to forget an account the poll’s for links', () => {
    const scanners = [...granted].flatMap(([owner, statements]) =>
      statements
        .filter(({ Action }) => asList(Action).includes('dynamodb:Scan'))
        .map(({ Resource }) => [owner, JSON.stringify(Resource)]),
    );
    expect(scanners.sort()).toEqual([
      ['OAuthFunction', expect.stringContaining('Connections')],
      ['PollFunction', expect.stringMatching(/Connections.*Links|Links.*Connections/)],
    ]);
  });

  it('to delete or change tables, queues and secrets as such are nobody’s', () => {
    const actions = [...granted.values()].flat().flatMap(({ Action }) => asList(Action));
    const drastic =
      /(Delete(Table|Queue|Secret)|Update(Table|Secret)|PurgeQueue|SetQueueAttributes)$/;
    expect(actions.filter((action) => drastic.test(String(action)))).toEqual([]);
  });

  it.each(['Customers', 'Lists', 'Events'])(
    'let the consumer of %s read its own queue alone',
    (name) => {
      const consumer = `${name}Consumer`;
      const received = (granted.get(consumer) ?? []).filter(({ Action }) =>
        asList(Action).includes('sqs:ReceiveMessage'),
      );
      expect(received).toHaveLength(1);
      expect(JSON.stringify(received[0]?.Resource)).toContain(`${name}Queue`);
      expect(actionsOf(consumer, (one) => one.includes(`GetAtt${name}Queue`))).toEqual([
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
      ]);
      expect(actionsOf(consumer, (one) => one.includes(`GetAtt${name}DeadLetters`))).toContain(
        'sqs:SendMessage',
      );
    },
  );

  it('let only customers send to another job queue, and that is lists', () => {
    const toLists = callers.filter((owner) =>
      actionsOf(owner, (one) => one.includes('GetAttListsQueue')).includes('sqs:SendMessage'),
    );
    expect(toLists.sort()).toEqual(['CustomersConsumer', 'ListsConsumer']);
  });

  it('let only the poll send to the inbound queue, and nobody read it', () => {
    const actions = callers.map((owner) =>
      actionsOf(owner, (one) => one.includes('GetAttInboundQueue')),
    );
    expect(actions.filter((list) => list.length > 0)).toEqual([
      ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
    ]);
  });

  /** Refreshing is done by whoever finds a token expired, so they replace what is in a secret. */
  it.each(callers.filter((owner) => owner !== 'OAuthFunction'))(
    'let %s read the secrets of connections and replace their value, and no more',
    (owner) => {
      expect(actionsOf(owner, (one) => one.includes('/connections/*'))).toEqual([
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
      ]);
    },
  );

  it('let the function that is open to the internet store credentials, and read none', () => {
    expect(actionsOf('OAuthFunction', (one) => one.includes('/connections/*'))).toEqual([
      'secretsmanager:CreateSecret',
      'secretsmanager:PutSecretValue',
    ]);
  });

  it.each(callers)('let %s at no secret but those of the stage', (owner) => {
    const resources = (granted.get(owner) ?? [])
      .filter(({ Action }) => asList(Action).some((one) => `${one}`.startsWith('secretsmanager:')))
      .flatMap(({ Resource }) => asList(Resource))
      .map((resource) => JSON.stringify(resource));
    expect(resources).toHaveLength(2);
    expect(resources.filter((one) => !one.includes('RefOAuthApp'))).toEqual([
      expect.stringMatching(/:secret:klaviyo-bridge\/prod\/connections\/\*"/),
    ]);
  });

  it('keep the links of customers from the OAuth function', () => {
    expect(actionsOf('OAuthFunction', (one) => one.includes('Links'))).toEqual([]);
  });

  it.each(callers)('let %s read the secret of the OAuth app and never write it', (owner) => {
    expect(actionsOf(owner, (one) => one.includes('RefOAuthApp'))).toEqual([
      'secretsmanager:GetSecretValue',
    ]);
  });

  it('of the queues themselves are to refuse what is not TLS, and nothing else', () => {
    const statements = Object.values(resourcesOf(data, 'AWS::SQS::QueuePolicy')).flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement as Statement[],
    );
    expect(statements.filter(({ Effect }) => Effect !== 'Deny')).toEqual([]);
  });
});
