import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { jsonSource } from '../../../../bin/bridge/jobs/job-source.ts';
import { type SendJobsOptions, sendJobs } from '../../../../bin/bridge/jobs/send-jobs.ts';
import { openProgress } from '../../../../bin/bridge/jobs/sending-progress.ts';
import type { OutgoingMessage } from '../../../../shared/jobs/outgoing-messages.ts';

const folder = mkdtempSync(join(tmpdir(), 'send-jobs-'));
const path = join(folder, 'jobs.jsonl');
const progressPath = `${path}.bridge-progress`;
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(progressPath, { force: true }));

const upsert = (id: number) =>
  JSON.stringify({
    type: 'customer.upsert',
    connectionId: 'acme',
    customer: { customerId: `${id}` },
  });

const idsOf = (messages: readonly OutgoingMessage[]) =>
  messages.map(({ body }) => Number(JSON.parse(body).customer.customerId));

const fileOf = (lines: readonly string[], isKept = true) => {
  const content = lines.join('\n');
  writeFileSync(path, content);
  return { name: 'jobs.jsonl', path, bytes: content.length, isKept };
};

type Publisher = ReturnType<SendJobsOptions['publisherFor']>;

const send = async (
  file: ReturnType<typeof fileOf>,
  publish: Publisher,
  { stage = 'dev', fingerprint = 'f', restart = false, signal = new AbortController().signal } = {},
) =>
  sendJobs({
    source: jsonSource(file),
    progress: await openProgress(file, { stage, fingerprint }, restart),
    publisherFor: () => publish,
    signal,
    onSent: () => {},
  });

const lines = Array.from({ length: 2_500 }, (_, index) => upsert(index));

test('all jobs are sent in the groups of their connections, broken lines left out', async () => {
  const sent: OutgoingMessage[] = [];
  const publish: Publisher = async (messages) => {
    sent.push(...messages);
    return new Set();
  };
  const result = await send(fileOf([upsert(0), '{', upsert(2)]), publish);
  expect(result).toEqual({ jobs: 2, byQueue: { customers: 2 }, before: 0 });
  expect(idsOf(sent)).toEqual([0, 2]);
  expect(sent[0]?.groupId).toBe('acme');
  expect(existsSync(progressPath)).toBe(false);
});

test('an interrupted sending goes on where it was', async () => {
  const controller = new AbortController();
  const sent: number[] = [];
  const publish: Publisher = async (messages) => {
    sent.push(...idsOf(messages));
    controller.abort();
    return new Set();
  };
  const file = fileOf(lines);
  await expect(send(file, publish, { signal: controller.signal })).rejects.toThrow(
    'interrupted: 1,000 jobs sent so far; run the same command again to send the rest',
  );
  expect(await send(file, publish)).toEqual({
    jobs: 1_500,
    byQueue: { customers: 1_500 },
    before: 1_000,
  });
  expect(sent).toEqual(lines.map((_, index) => index));
  expect(existsSync(progressPath)).toBe(false);
});

test('two commands that send one file at once are not in the way of each other', async () => {
  const file = fileOf(lines);
  const sending = { stage: 'dev', fingerprint: 'f' };
  const both = [await openProgress(file, sending, false), await openProgress(file, sending, false)];
  for (let done = 1; done <= 20; done += 1)
    await Promise.all(both.map(({ save }) => save(done, done)));
  await Promise.all(both.map(({ end }) => end()));
  expect(readdirSync(folder)).toEqual([basename(file.path)]);
});

test('a file that changed since, or another stage, is not gone on with', async () => {
  const file = fileOf(lines);
  const signal = AbortSignal.abort();
  const never: Publisher = async () => new Set();
  await expect(send(file, never, { signal })).rejects.toThrow('interrupted');
  await expect(send(file, never, { fingerprint: 'other' })).rejects.toThrow(
    'has changed since a part of it was sent (0 jobs)',
  );
  await expect(send(file, never, { stage: 'prod' })).rejects.toThrow(
    'was sent in part to stage dev',
  );
  expect(await send(file, never, { stage: 'prod', restart: true })).toMatchObject({ jobs: 2_500 });
});

test('what SQS does not take at first is sent again, and nothing else', async () => {
  const calls: number[][] = [];
  const publish: Publisher = async (messages) => {
    calls.push(idsOf(messages));
    return new Set(calls.length === 1 ? [1, 3] : []);
  };
  expect(await send(fileOf(lines.slice(0, 5)), publish)).toMatchObject({ jobs: 5 });
  expect(calls).toEqual([
    [0, 1, 2, 3, 4],
    [1, 3],
  ]);
});

test('what no pause mends ends the sending at once, with how far it got', async () => {
  const file = fileOf(lines);
  let calls = 0;
  const denied = Object.assign(new Error('not authorized to perform: sqs:sendmessage'), {
    name: 'AccessDenied',
    $fault: 'client',
  });
  const progress = await openProgress(file, { stage: 'dev', fingerprint: 'f' }, false);
  const sending = sendJobs({
    source: jsonSource(file),
    progress,
    publisherFor: (_, onError) => async (messages) => {
      calls += 1;
      if (calls === 1) return new Set();
      onError(denied);
      return new Set(messages.keys());
    },
    signal: new AbortController().signal,
    onSent: () => {},
  });
  await expect(sending).rejects.toThrow(
    'AWS does not allow it: not authorized to perform: sqs:sendmessage: 1,000 jobs sent so far; run the same command again',
  );
  expect(calls).toBe(2);
});

test('standard input leaves no trace, and says that it has to be given again', async () => {
  const file = fileOf(lines, false);
  await expect(send(file, async () => new Set(), { signal: AbortSignal.abort() })).rejects.toThrow(
    'so give all of it again',
  );
  expect(existsSync(progressPath)).toBe(false);
});

test('a damaged progress file is said to be in the way', async () => {
  const file = fileOf(lines);
  writeFileSync(progressPath, 'nonsense');
  await expect(send(file, async () => new Set())).rejects.toThrow(
    'jobs.jsonl.bridge-progress cannot be read: delete it to send the whole file',
  );
});
