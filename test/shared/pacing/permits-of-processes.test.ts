import { expect, test } from 'vitest';
import { runFleet } from '../../bench/fleet.ts';
import { mostWithin } from '../../support/quota-simulation.ts';

// Bursts are left to virtual time: here a busy machine may hold up a call for longer than a second
// of the fleet's time, which is a twentieth of a real one.
test('two processes over a real DynamoDB protocol keep every minute within the limit, together', async () => {
  const scale = 20;
  const { acceptedMs, refusedMs, writes } = await runFleet({
    pacing: 'ledger',
    tier: 'S',
    alignment: 'first-request',
    processes: 2,
    jobs: 130,
    batchSize: 10,
    scale,
  });
  const arrivalsMs = [...acceptedMs, ...refusedMs].sort((a, b) => a - b);
  expect(acceptedMs).toHaveLength(130);
  expect(mostWithin(arrivalsMs, 60_000 / scale)).toBeLessThanOrEqual(60);
  expect(writes).toBeLessThan(130);
});
