/** What a terminal would obey is shown, wherever it comes from. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { harmless, harmlessLine } from '../../../bin/bridge/harmless.ts';
import { main } from '../../../bin/bridge/main.ts';
import { startAwsStandIn } from '../../support/aws-stand-in.ts';
import { runBridge } from '../../support/bridge-command.ts';

/** Clears the screen, in both of its forms; writes a line of its own; turns what follows around. */
const escapes = '\u001b[2J\u009b2J\u007f\r\u202e';
const shown = '\\u001b[2J\\u009b2J\\u007f\\u000d\\u202e';
const obeyed = /(?!\n)\p{Cc}|\u202e/u;

test('control characters are shown as JSON escapes them, and all other text as it is', () => {
  expect(harmless(escapes)).toBe(shown);
  expect(harmless('Zoë 👩‍👩‍👧\r\n\tא')).toBe('Zoë 👩‍👩‍👧\r\n\tא');
  expect(harmlessLine('a\r\nb\tc')).toBe('a\\u000d\\u000ab\\u0009c');
});

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'terminal-escapes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('from a file', () => {
  test('of jobs', async () => {
    const customer = { customerId: '1', [escapes]: 1 };
    const job = JSON.stringify({ type: 'customer.upsert', connectionId: 'acme', customer });
    const { stderr } = await runBridge(['send', fileOf('jobs.jsonl', job), '--dry-run']);
    expect(stderr).toContain(`customer.${shown}: there is no such field`);
    expect(stderr).not.toMatch(obeyed);
  });

  test('of customers', async () => {
    const csv = fileOf('customers.csv', `customerId,"x${escapes}"\n1,2\n`);
    const words = ['load', 'customers', csv, '--connection', 'acme', '--dry-run'];
    const { stderr } = await runBridge(words);
    expect(stderr).toContain(`columns left out: x${shown}`);
    expect(stderr).not.toMatch(obeyed);
    const mapped = await runBridge([...words, '--map', 'y=email']);
    expect(mapped.stderr).toContain(shown.replace('\\u000d', ' '));
    expect(mapped.stderr).not.toMatch(obeyed);
  });
});

describe('from a dead letter', () => {
  const job = { type: 'customer.upsert', connectionId: 'acme', customer: { customerId: escapes } };
  const body = JSON.stringify({ occurredAt: '2026-01-01T00:00:00Z', ...job });
  const letter = {
    MessageId: `id${escapes}`,
    ReceiptHandle: 'r',
    Body: body,
    MD5OfBody: createHash('md5').update(body).digest('hex'),
    Attributes: { SentTimestamp: '1790000000000' },
    MessageAttributes: { operation: { DataType: 'String', StringValue: escapes } },
  };
  const printed = { stdout: '', stderr: '' };
  const runOn = async (words: string) => {
    let reads = 0;
    await using aws = await startAwsStandIn({
      ReceiveMessage: () => {
        reads += 1;
        return { body: reads === 1 ? { Messages: [letter] } : {} };
      },
    });
    vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
    for (const name of ['stdout', 'stderr'] as const)
      vi.spyOn(process[name], 'write').mockImplementation((text) => {
        printed[name] += text;
        return true;
      });
    return await main([
      'node',
      'bridge',
      'dead-letters',
      ...words.split(' '),
      '--queue',
      'customers',
    ]);
  };
  beforeEach(() => Object.assign(printed, { stdout: '', stderr: '' }));
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test.each(['list', 'show', 'show --body', 'show --json'])('by %s', async (words) => {
    const exitCode = await runOn(words);
    expect({ exitCode, stderr: printed.stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(printed.stdout).not.toMatch(obeyed);
  });

  test('whose body is sent again as it was', async () => {
    await runOn('show --body');
    expect(JSON.parse(printed.stdout)).toEqual(JSON.parse(body));
  });

  test('whose JSON means the same', async () => {
    await runOn('show --json');
    expect(JSON.parse(printed.stdout)).toMatchObject([
      { body, id: letter.MessageId, operation: escapes },
    ]);
  });
});
