import { test } from 'vitest';
import { seedOf, surviveFaults } from '../support/fault-run.ts';
import { killByPid } from '../support/fault-storm.ts';

test('jobs end as if nothing had happened, though tokens die by the second and instances by their pid', () =>
  surviveFaults({
    // Few: instances that wait for each other's refreshes ask the stores again and again.
    shopCount: 4,
    jobCount: Number(process.env.FAULTS_JOBS ?? 1_200),
    seed: seedOf(),
    faults: { deliverTwice: 0.08, deliverOutOfOrder: 0.35, throttleDynamoDb: 0.05 },
    kill: killByPid,
    oauth: { shopCount: 4, tokenSeconds: 16 },
  }));
