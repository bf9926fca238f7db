import { LambdaClient } from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { createInvokeFunction } from '../../../shared/platform/invoke-function.lambda.ts';
import { json, startHttpServer } from '../../support/http-server.ts';

const invokeAt = (endpoint: string) =>
  createInvokeFunction(
    new LambdaClient({
      endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
  );

test('what a function returns is its value', async () => {
  await using server = await startHttpServer((_, response) =>
    json(response, 200, { published: 1 }),
  );
  const result = await invokeAt(server.url)('poll', { connectionId: 'acme' });
  expect(result).toEqual({ kind: 'returned', value: { published: 1 } });
  expect(server.requests[0]?.url.pathname).toBe('/2015-03-31/functions/poll/invocations');
  expect(server.requests[0]?.body).toBe('{"connectionId":"acme"}');
});

test('a function that returns nothing has null for a value', async () => {
  await using server = await startHttpServer((_, response) => json(response, 200));
  expect(await invokeAt(server.url)('poll', {})).toEqual({ kind: 'returned', value: null });
});

test('a function that fails has a name for it', async () => {
  const error = { errorType: 'KlaviyoServerError', errorMessage: 'GET /api/profiles: 503' };
  await using server = await startHttpServer((_, response) =>
    json(response, 200, error, { 'x-amz-function-error': 'Unhandled' }),
  );
  expect(await invokeAt(server.url)('poll', {})).toEqual({
    kind: 'failed',
    errorName: 'KlaviyoServerError',
    errorMessage: 'GET /api/profiles: 503',
  });
});
