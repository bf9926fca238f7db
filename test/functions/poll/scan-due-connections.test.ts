import { expect, test } from 'vitest';
import type { ScanConnection } from '../../../functions/poll/scan-connection.ts';
import { createScanDueConnections } from '../../../functions/poll/scan-due-connections.ts';
import { PassingError } from '../../../shared/platform/passing-error.ts';
import { connectionOf } from '../../support/connection.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const onePage = { published: 1, skipped: 2, echoes: 3 };

/** A run over connections whose scans do as the test says. */
const setUp = (
  connections: readonly { readonly id: string; readonly minutesBehind?: number }[],
  scanConnection: ScanConnection,
) => {
  const log = createMemoryLog();
  const scan = createScanDueConnections({
    listConnections: async function* () {
      for (const { id, minutesBehind } of connections)
        yield {
          settings: connectionOf({ connectionId: id }).settings,
          cursor:
            minutesBehind === undefined ? {} : { watermarkMs: nowMs - minutesBehind * 60_000 },
        };
    },
    openConnection: ({ connectionId }) => ({
      kind: 'open',
      connection: connectionOf({ connectionId }),
    }),
    scanConnection,
    ...log,
    now: () => nowMs,
  });
  let pagesLeft = 10_000;
  const mayGoOn = async () => pagesLeft > 0;
  const spend = () => {
    pagesLeft -= 1;
  };
  const run = () => scan(undefined, { notAfterMs: nowMs + 50_000, mayGoOn });
  const metric = () => {
    log.metrics.flush();
    return JSON.parse(log.lines.at(-1) ?? '{}');
  };
  return { ...log, run, mayGoOn, spend, metric };
};

const ids = (count: number, name: string) =>
  Array.from({ length: count }, (_, n) => ({ id: `${name}-${n}`, minutesBehind: 2 }));

test('long scans of some do not keep others from having their turn', async () => {
  const order: string[] = [];
  const stage = setUp([...ids(40, 'long'), ...ids(40, 'short')], async function* (connection) {
    const { connectionId } = connection.settings;
    while (connectionId.startsWith('long') && (await stage.mayGoOn())) {
      stage.spend();
      yield onePage;
    }
    order.push(connectionId);
    return connectionId.startsWith('short') ? nowMs - 5_000 : undefined;
  });
  const outcome = await stage.run();
  expect(outcome).toMatchObject({ due: 80, finished: 40, failed: 0 });
  expect(order.slice(0, 40).every((id) => id.startsWith('short'))).toBe(true);
});

test('the one that has waited longest comes first, and whole accounts to be loaded last', async () => {
  const order: string[] = [];
  const stage = setUp(
    [{ id: 'new' }, { id: 'fresh', minutesBehind: 1 }, { id: 'stale', minutesBehind: 60 }],
    // biome-ignore lint/correctness/useYield: a scan without pages
    async function* ({ settings }) {
      order.push(settings.connectionId);
      return nowMs;
    },
  );
  await stage.run();
  expect(order).toEqual(['stale', 'fresh', 'new']);
});

test('one that fails stops no other; a passing fault is a warning, a defect an error', async () => {
  const stage = setUp(
    [...ids(3, 'good'), { id: 'busy' }, { id: 'broken' }],
    async function* ({ settings: { connectionId } }) {
      yield onePage;
      if (connectionId === 'busy') throw new PassingError('DynamoDB is throttled');
      if (connectionId === 'broken') throw new TypeError('not a function');
      return nowMs;
    },
  );
  const outcome = await stage.run();
  expect(outcome).toEqual({
    due: 5,
    finished: 3,
    failed: 2,
    published: 5,
    skipped: 10,
    echoes: 15,
  });
  const failures = stage.lines.map((line) => JSON.parse(line));
  expect(failures).toMatchObject([
    { level: 'WARN', connectionId: 'busy', errorName: 'PassingError' },
    { level: 'ERROR', connectionId: 'broken', errorName: 'TypeError' },
  ]);
});

test('the metrics say how many profiles there were, and how far the slowest lags behind', async () => {
  const stage = setUp(
    [{ id: 'done', minutesBehind: 50 }, { id: 'slow', minutesBehind: 30 }, { id: 'first' }],
    async function* ({ settings: { connectionId } }) {
      yield onePage;
      return connectionId === 'done' ? nowMs - 5_000 : undefined;
    },
  );
  await stage.run();
  expect(stage.metric()).toMatchObject({
    PollLag: 1_800,
    ProfilesPublished: 3,
    ProfilesSkipped: 6,
    ProfileEchoes: 9,
  });
});
