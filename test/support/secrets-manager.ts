/** Secrets Manager's protocol on a free port: that of the local host, without the rest of it. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { startGateway } from '../../local/aws/gateway/gateway.ts';
import type { Route } from '../../local/aws/gateway/request-and-reply.ts';
import { addVersion, current, versionOf } from '../../local/aws/secrets-manager/secret.ts';
import { createSecretStore } from '../../local/aws/secrets-manager/secret-store.ts';
import { createSecretsManagerRoute } from '../../local/aws/secrets-manager/secrets-manager-service.ts';

export interface TestSecretsManager extends AsyncDisposable {
  readonly client: SecretsManagerClient;
  readonly endpoint: string;
  /** What is stored, by name, without the protocol. */
  readonly stored: {
    set(name: string, text: string): void;
    get(name: string): string | undefined;
    delete(name: string): void;
    names(): readonly string[];
  };
  /** How often each operation was called. */
  readonly calls: Map<string, number>;
}

const counted = (route: Route, calls: Map<string, number>): Route => ({
  ...route,
  handle(request) {
    const operation = String(request.headers['x-amz-target']).replace('secretsmanager.', '');
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    return route.handle(request);
  },
});

export const startSecretsManager = async (): Promise<TestSecretsManager> => {
  const store = createSecretStore('arn:aws:secretsmanager:eu-west-1:000000000000:secret:');
  const find = (name: string) => store.all().find((secret) => secret.name === name);
  const calls = new Map<string, number>();
  const gateway = await startGateway([counted(createSecretsManagerRoute(store), calls)], 0);
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const client = new SecretsManagerClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    client,
    endpoint,
    calls,
    stored: {
      set(name, SecretString) {
        const secret = find(name) ?? store.create(name, { description: undefined, tags: [] });
        addVersion(secret, crypto.randomUUID(), { SecretString });
      },
      get(name) {
        const secret = find(name);
        return secret && versionOf(secret, current)?.value.SecretString;
      },
      delete(name) {
        const secret = find(name);
        if (secret !== undefined) store.remove(secret);
      },
      names: () => store.all().map(({ name }) => name),
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await gateway.close();
    },
  };
};
