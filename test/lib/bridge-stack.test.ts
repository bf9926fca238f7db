import { describe, expect, it } from 'vitest';
import { templatesOf } from '../support/stage-templates.ts';

const { bridge } = templatesOf('prod');
const outputs = bridge.toJSON().Outputs as Record<string, { Value: unknown }>;

describe('the outputs of the bridge stack', () => {
  it('are all there under names that stay', () => {
    expect(Object.keys(outputs).sort()).toEqual([
      'AlarmTopicArn',
      'ConnectionDefaults',
      'ConnectionsTableName',
      'CustomersDeadLettersUrl',
      'CustomersQueueUrl',
      'DashboardName',
      'EventsDeadLettersUrl',
      'EventsQueueUrl',
      'InboundDeadLettersUrl',
      'InboundQueueUrl',
      'LinksTableName',
      'ListsDeadLettersUrl',
      'ListsQueueUrl',
      'OAuthAppSecretName',
      'OAuthRedirectUri',
      'PollFunctionName',
      'PublicUrl',
      'QuotasTableName',
    ]);
  });

  it.each(['Customers', 'Lists', 'Events', 'Inbound'])(
    'name the queue of %s and its dead letters',
    (name) => {
      expect(JSON.stringify(outputs[`${name}QueueUrl`])).toContain(`${name}Queue`);
      expect(JSON.stringify(outputs[`${name}DeadLettersUrl`])).toContain(`${name}DeadLetters`);
    },
  );

  it("name the stage's secret", () => {
    expect(outputs.OAuthAppSecretName?.Value).toBe('klaviyo-bridge/prod/oauth-app');
  });

  it('tell what new connections begin with', () => {
    expect(outputs.ConnectionDefaults?.Value).toBe('{}');
  });

  it('name the address that Klaviyo has to be told', () => {
    expect(JSON.stringify(outputs.OAuthRedirectUri)).toContain('/oauth/callback');
  });
});
