import { expect, test } from 'vitest';
import { createMetrics } from '../../../shared/platform/metrics.ts';

const createWritten = () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const metrics = createMetrics({ service: 'lists', stage: 'dev', write, now: () => 1_000 });
  return { metrics, read: () => lines.splice(0).map((line) => JSON.parse(line)) };
};

test('counts of equal dimensions are summed up to the next flush', () => {
  const { metrics, read } = createWritten();
  metrics.add('EventsConfirmed', 2);
  metrics.add('EventsConfirmed', 3);
  metrics.flush();
  metrics.flush();
  expect(read()).toEqual([
    {
      _aws: {
        Timestamp: 1_000,
        CloudWatchMetrics: [
          {
            Namespace: 'KlaviyoBridge',
            Dimensions: [['stage', 'service']],
            Metrics: [{ Name: 'EventsConfirmed', Unit: 'Count' }],
          },
        ],
      },
      stage: 'dev',
      service: 'lists',
      EventsConfirmed: 5,
    },
  ]);
});

test('every set of dimensions has a line of its own', () => {
  const { metrics, read } = createWritten();
  metrics.add('Jobs', 1, { outcome: 'delivered', type: 'list.add' });
  metrics.add('Jobs', 2, { outcome: 'refused', type: 'list.add' });
  metrics.flush();
  expect(read()).toMatchObject([
    { outcome: 'delivered', Jobs: 1 },
    { outcome: 'refused', Jobs: 2 },
  ]);
});

test('what is measured keeps its values, so that averages and percentiles can be had', () => {
  const { metrics, read } = createWritten();
  for (const wait of [5, 0, 40]) metrics.add('PermitWait', wait, { operation: 'POST /api/events' });
  metrics.flush();
  expect(read()).toMatchObject([{ PermitWait: [5, 0, 40] }]);
});

test('no line holds more values than CloudWatch reads, and none is lost or told twice', () => {
  const { metrics, read } = createWritten();
  const waits = Array.from({ length: 201 }, (_, index) => index);
  for (const wait of waits) metrics.add('PermitWait', wait, { operation: 'o' });
  metrics.add('Throttled', 1, { operation: 'o' });
  metrics.flush();
  const lines = read();
  expect(lines.map(({ PermitWait }) => [PermitWait].flat().length)).toEqual([100, 100, 1]);
  expect(lines.flatMap(({ PermitWait }) => PermitWait)).toEqual(waits);
  expect(lines.map(({ Throttled }) => Throttled)).toEqual([1, undefined, undefined]);
});

test('what one alarm watches for all functions is written under the stage alone too', () => {
  const { metrics, read } = createWritten();
  metrics.add('KlaviyoCalls', 1, { operation: 'o', status: '429' });
  metrics.add('NeedsAuthorisation');
  metrics.add('ScansFailed');
  metrics.flush();
  const sets = Object.fromEntries(
    read()
      .flatMap(({ _aws }) => _aws.CloudWatchMetrics)
      .map(({ Metrics, Dimensions }) => [Metrics[0].Name, Dimensions]),
  );
  expect(sets).toEqual({
    KlaviyoCalls: [['stage', 'service', 'operation', 'status']],
    NeedsAuthorisation: [['stage', 'service'], ['stage']],
    ScansFailed: [['stage', 'service']],
  });
});
