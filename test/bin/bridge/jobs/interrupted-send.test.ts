/** Ctrl-C in the middle of a real `bridge send`, with a stand-in for AWS that takes its time. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsAnswer, startAwsStandIn } from '../../../support/aws-stand-in.ts';
import { runBridge } from '../../../support/bridge-command.ts';
import type { ReceivedRequest } from '../../../support/http-server.ts';

interface Batch {
  readonly Entries: readonly { readonly Id: string; readonly MessageBody: string }[];
}

const taken: string[] = [];

const takeBatch = ({ body }: ReceivedRequest): AwsAnswer => {
  const { Entries } = JSON.parse(body) as Batch;
  const Successful = Entries.map(({ Id, MessageBody }) => {
    const { customer } = JSON.parse(MessageBody) as { customer: { customerId: string } };
    taken.push(customer.customerId);
    const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
    return { Id, MessageId: `m-${taken.length}`, MD5OfMessageBody };
  });
  return { body: { Successful, Failed: [] }, afterMs: 5 };
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interrupted-send-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('an interrupted send says how far it got, and the next one sends the rest once', async () => {
  await using aws = await startAwsStandIn({ SendMessageBatch: takeBatch });
  const ids = Array.from({ length: 5_000 }, (_, index) => `c-${index}`);
  const path = join(folder, 'jobs.jsonl');
  const jobOf = (customerId: string) =>
    JSON.stringify({ type: 'customer.upsert', connectionId: 'acme', customer: { customerId } });
  writeFileSync(path, ids.map(jobOf).join('\n'));
  const environment = { AWS_ENDPOINT_URL: aws.url };

  const interruption = new AbortController();
  const sending = runBridge(['send', path], { environment, signal: interruption.signal });
  await expect.poll(() => taken.length, { timeout: 15_000, interval: 10 }).toBeGreaterThan(1_000);
  interruption.abort();
  const { exitCode, stderr } = await sending;
  const sentFirst = taken.length;
  expect(sentFirst).toBeLessThan(ids.length);
  expect(stderr).toContain(
    `bridge: interrupted: ${sentFirst.toLocaleString('en')} jobs sent so far; run the same command again to send the rest\n`,
  );
  expect(exitCode).toBe(1);

  const again = await runBridge(['send', path], { environment });
  expect(again.stderr).toContain(`going on after the ${sentFirst.toLocaleString('en')} jobs sent`);
  expect(again.exitCode).toBe(0);
  expect(taken.toSorted()).toEqual(ids.toSorted());
  expect(existsSync(`${path}.bridge-progress`)).toBe(false);
});
