import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectFailure, runNode } from '../../../support/bridge-command.ts';

/** Of V8's heap: several times what the command needs, and less than the file. */
const heapMiB = 128;
const lines = 25_000;
const brokenLine = 12_345;

const jobOf = (line: number): string =>
  JSON.stringify({
    type: 'customer.upsert',
    connectionId: 'acme',
    customer: {
      properties: { note: 'x'.repeat(6_000) },
      customerId: `c-${line}`,
      email: line === brokenLine ? 'none' : `c-${line}@example.com`,
    },
  });

test('one broken line in a large file is found by its number, without holding the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'large-file-'));
  const path = join(folder, 'jobs.jsonl');
  writeFileSync(path, Array.from({ length: lines }, (_, index) => jobOf(index + 1)).join('\n'));
  expect(statSync(path).size).toBeGreaterThan(heapMiB * 1_048_576);
  const words = ['bin/bridge.ts', 'send', path, '--dry-run'];
  const outcome = await runNode([`--max-old-space-size=${heapMiB}`, ...words]);
  rmSync(folder, { recursive: true });
  expect(outcome.stderr).toContain(
    `line ${brokenLine}: customer.email: must be an e-mail address\n`,
  );
  expectFailure(
    outcome,
    `1 line of ${path} cannot be sent, so nothing was: correct it, or send the other 24,999 jobs`,
  );
});
