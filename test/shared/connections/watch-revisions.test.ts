import { expect, test } from 'vitest';
import { defaultRevision } from '../../../shared/connections/contract.ts';
import { watchRevisions } from '../../../shared/connections/watch-revisions.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const november = () => Date.parse('2026-11-23T00:00:00Z');

const watch = (...revisions: readonly string[]) => {
  const { lines, logger, metrics } = createMemoryLog();
  const connections = revisions.map((revision, index) => ({
    settings: { connectionId: `shop-${index}`, revision },
  }));
  async function* listConnections() {
    yield* connections;
  }
  const list = watchRevisions({ listConnections, logger, metrics, now: november });
  const run = async () => {
    const listed: unknown[] = [];
    for await (const one of list()) listed.push(one);
    metrics.flush();
    return { listed, written: lines.splice(0).map((line) => JSON.parse(line)) };
  };
  return { connections, run };
};

test('passes every connection on', async () => {
  const { connections, run } = watch('2023-10-15', '2026-07-15');
  expect((await run()).listed).toEqual(connections);
});

test('counts revisions that retire within 60 days, and neither later nor retired ones', async () => {
  // Retired long ago, two days ago; within 53 days; in more than a year.
  const { run } = watch('2023-10-15', '2024-11-21', '2025-01-15', '2026-01-15');
  expect((await run()).written.at(-1)).toMatchObject({ RevisionsRetiring: 1 });
});

test('counts none where all is well, which ends the alarm', async () => {
  expect((await watch('2026-07-15').run()).written).toMatchObject([{ RevisionsRetiring: 0 }]);
});

test('does not ring for the default for ever: it is logged once, with who names it', async () => {
  const { run } = watch(defaultRevision);
  expect((await run()).written).toMatchObject([
    { level: 'WARN', retired: ['shop-0: 2023-10-15, on 2025-10-15'] },
    { RevisionsRetiring: 0 },
  ]);
  expect((await run()).written).toMatchObject([{ RevisionsRetiring: 0 }]);
});
