/** AWS that fails in the middle of a command: what was done by then is said. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsAnswers, startAwsStandIn } from '../../support/aws-stand-in.ts';
import { expectFailure, runBridge } from '../../support/bridge-command.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'half-done-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = (type: string, message: string) => () => ({
  status: 400,
  body: { __type: type, message },
});
const denied = refusal('AccessDeniedException', 'no dynamodb:Query for you');
const expired = refusal('ExpiredTokenException', 'The security token has expired');

const settings = { connectionId: 'acme', status: 'connected', auth: 'private_key' };
const stored = () => ({ body: { Item: marshall({ pk: 'acme', sk: 'settings', ...settings }) } });

const runWith = async (answers: AwsAnswers, words: readonly string[], input?: string) => {
  await using aws = await startAwsStandIn(answers);
  const environment = { AWS_ENDPOINT_URL: aws.url };
  return await runBridge(words, { environment, ...(input === undefined ? {} : { input }) });
};

test('a connection whose credentials are deleted, and whose settings are not', async () => {
  const words = ['connections', 'remove', 'acme', '--keep-grant', '--yes'];
  expectFailure(
    await runWith({ GetItem: stored, Query: denied }, words),
    'the credentials of acme are deleted, its settings are not all: AWS does not allow it: no dynamodb:Query for you; run the same command again',
  );
});

test('credentials of AWS that expire while a file is sent', async () => {
  const path = join(folder, 'jobs.jsonl');
  const job = { type: 'customer.upsert', connectionId: 'acme', customer: { customerId: '1' } };
  writeFileSync(path, JSON.stringify(job));
  expectFailure(
    await runWith({ GetItem: stored, SendMessageBatch: expired }, ['send', path]),
    'the AWS credentials have expired: log in again: 0 jobs sent so far; run the same command again to send the rest',
  );
});

test('dead letters of which one queue cannot be read', async () => {
  const words = ['dead-letters', 'drop', '--all', '--yes'];
  const outcome = await runWith({ ReceiveMessage: expired }, words);
  expect(outcome.stdout).toBe('dropped 0 dead letters\n');
  expectFailure(outcome, 'the AWS credentials have expired: log in again; the rest is still there');
});

test.each([
  ['connections list', 'Scan'],
  ['status', 'Scan'],
  ['connect acme', 'GetItem'],
  ['poll acme', 'GetItem'],
  ['dead-letters list', 'ReceiveMessage'],
  ['dead-letters redrive', 'ReceiveMessage'],
])('`bridge %s`, when credentials have expired', async (command, operation) => {
  expectFailure(
    await runWith({ [operation]: expired }, command.split(' ')),
    'the AWS credentials have expired: log in again',
  );
});
