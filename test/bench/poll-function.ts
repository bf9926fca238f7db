/** The poll's own handler in a process of its own, invoked when it is told to. */
import { channel } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { AwsAddresses, RunReport } from './poll-contract.ts';

const { dynamodb, sqs, secrets, inboundUrl }: AwsAddresses = JSON.parse(process.argv[2] ?? '{}');

Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
  AWS_ENDPOINT_URL_SQS: sqs,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets,
  STAGE: 'local',
  LOG_LEVEL: 'ERROR',
  CONNECTIONS_TABLE_NAME: 'connections',
  LINKS_TABLE_NAME: 'links',
  QUOTAS_TABLE_NAME: 'quotas',
  SECRET_NAME_PREFIX: 'klaviyo-bridge/local/',
  ALLOW_ANY_API_URL: 'true',
  INBOUND_QUEUE_URL: inboundUrl,
});

let requests: Record<string, number> = {};
/** `DynamoDB_20120810.UpdateItem`, `AmazonSQS.SendMessageBatch`, `secretsmanager.GetSecretValue`. */
const operationOf = (request: ClientRequest) =>
  String(request.getHeader('x-amz-target') ?? '').replace('_20120810', '');
channel('http.client.request.start').subscribe((message) => {
  const operation = operationOf((message as { request: ClientRequest }).request);
  if (operation !== '') requests[operation] = (requests[operation] ?? 0) + 1;
});

const { handler } = await import('../../functions/poll/handler.ts');
process.send?.('ready');

/** As long as Lambda gives it. */
const timeoutMs = 55_000;

process.on('message', async () => {
  const startedMs = performance.now();
  const remainingMs = () => timeoutMs - (performance.now() - startedMs);
  requests = {};
  const summary = await handler({}, { getRemainingTimeInMillis: remainingMs });
  if (!('due' in summary)) throw new Error('a scheduled run was expected');
  process.send?.({
    durationMs: performance.now() - startedMs,
    summary,
    requests,
    peakBytes: process.resourceUsage().maxRSS * 1_024,
  } satisfies RunReport);
});
process.on('disconnect', () => process.exit());
