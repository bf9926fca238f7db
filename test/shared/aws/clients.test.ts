import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterEach, expect, test, vi } from 'vitest';
import { clientOptions, createAwsClients } from '../../../shared/aws/clients.ts';
import { startHttpServer } from '../../support/http-server.ts';

afterEach(() => vi.unstubAllEnvs());

test('a request that AWS never answers is given up in time, and made again', async () => {
  await using server = await startHttpServer((_, response) => {
    if (server.requests.length > 1) response.end('{"QueueUrls":["http://127.0.0.1/q"]}');
  });
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  const { sqs } = createAwsClients(clientOptions({ requestTimeoutMs: 100 }));
  expect((await sqs.send(new ListQueuesCommand())).QueueUrls).toEqual(['http://127.0.0.1/q']);
  expect(server.requests).toHaveLength(2);
});
