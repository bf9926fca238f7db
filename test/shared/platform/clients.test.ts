import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { clientOptions, createAwsClients } from '../../../shared/platform/clients.aws.ts';
import { forceCollection } from '../../support/forced-collection.ts';
import { json, type Respond, startHttpServer } from '../../support/http-server.ts';

let collection: Disposable;
beforeAll(() => {
  collection = forceCollection();
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterAll(() => {
  collection[Symbol.dispose]();
  vi.unstubAllEnvs();
});

const queues = { QueueUrls: ['http://127.0.0.1/q'] };

const half: Respond = (_, response) => {
  response.writeHead(200, { 'content-length': 1_000 }).write('{"QueueUrls":');
};
const byteByByte: Respond = (_, response) => {
  response.writeHead(200).write('{');
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
};

test.each([
  ['never', () => {}],
  ['by half', half],
  ['byte by byte', byteByByte],
])('a request that AWS answers %s is given up in time, and made again', async (_name, first) => {
  await using server = await startHttpServer((request, response) => {
    if (server.requests.length === 1) first(request, response);
    else json(response, 200, queues);
  });
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  const { sqs } = createAwsClients(clientOptions({ requestTimeoutMs: 300 }));
  expect((await sqs.send(new ListQueuesCommand())).QueueUrls).toEqual(queues.QueueUrls);
  expect(server.requests).toHaveLength(2);
});

test('a request ends with the signal of its caller, also amid the answer', async () => {
  await using server = await startHttpServer(half);
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  const { dynamodb } = createAwsClients();
  const abortSignal = AbortSignal.timeout(300);
  const get = new GetItemCommand({ TableName: 't', Key: { pk: { S: 'a' } } });
  await expect(dynamodb.send(get, { abortSignal })).rejects.toThrow();
  expect(abortSignal.aborted).toBe(true);
});

test('no more is read of an answer than fits', async () => {
  const block = Buffer.alloc(1024 * 1024, ' ');
  let sentBytes = 0;
  await using server = await startHttpServer((_, response) => {
    const pump = () => {
      while (!response.destroyed && response.write(block)) sentBytes += block.length;
    };
    response.writeHead(200).on('drain', pump);
    pump();
  });
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  const { sqs } = createAwsClients({ ...clientOptions({ requestTimeoutMs: 15_000 }) });
  await expect(sqs.send(new ListQueuesCommand())).rejects.toThrow(/over 33554432 bytes/);
  expect(sentBytes).toBeLessThan(200 * block.length);
});

test('the console is told of used up sockets, even where the SDK has a silent logger', async () => {
  await using server = await startHttpServer((_, response) => json(response, 200, queues));
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  // Of another name than the SDK's own, as that has in a bundle.
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const options = { ...clientOptions(), logger };
  await createAwsClients(options).sqs.send(new ListQueuesCommand());
  expect(options.requestHandler.httpHandlerConfigs().logger).toBe(console);
});
