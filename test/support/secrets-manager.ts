/** Secrets Manager's protocol in memory, on a free port: the four operations that the bridge uses. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { json, startHttpServer } from './http-server.ts';

export interface TestSecretsManager extends AsyncDisposable {
  readonly client: SecretsManagerClient;
  readonly endpoint: string;
  /** What is stored, by name. */
  readonly secrets: Map<string, string>;
  /** How often each operation was called. */
  readonly calls: Map<string, number>;
}

interface Input {
  readonly Name?: string;
  readonly SecretId?: string;
  readonly SecretString?: string;
}

export const startSecretsManager = async (): Promise<TestSecretsManager> => {
  const secrets = new Map<string, string>();
  const calls = new Map<string, number>();

  const operations: Readonly<Record<string, (input: Input) => object | string>> = {
    GetSecretValue: ({ SecretId = '' }) => {
      const SecretString = secrets.get(SecretId);
      return SecretString === undefined
        ? 'ResourceNotFoundException'
        : { Name: SecretId, SecretString };
    },
    PutSecretValue: ({ SecretId = '', SecretString = '' }) => {
      if (!secrets.has(SecretId)) return 'ResourceNotFoundException';
      secrets.set(SecretId, SecretString);
      return { Name: SecretId };
    },
    CreateSecret: ({ Name = '', SecretString = '' }) => {
      if (secrets.has(Name)) return 'ResourceExistsException';
      secrets.set(Name, SecretString);
      return { Name };
    },
    DeleteSecret: ({ SecretId = '' }) =>
      secrets.delete(SecretId) ? { Name: SecretId } : 'ResourceNotFoundException',
  };

  const server = await startHttpServer(({ headers, body }, response) => {
    const operation = String(headers['x-amz-target']).replace('secretsmanager.', '');
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    const result = operations[operation]?.(JSON.parse(body)) ?? 'InvalidAction';
    if (typeof result === 'string') json(response, 400, { __type: result, message: 'refused' });
    else json(response, 200, result);
  });
  const client = new SecretsManagerClient({
    endpoint: server.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    client,
    endpoint: server.url,
    secrets,
    calls,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
};
