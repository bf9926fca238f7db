import { test } from 'vitest';
import { seedOf, surviveFaults } from '../support/fault-run.ts';
import { killAtRandom } from '../support/fault-storm.ts';

test('jobs end as if nothing had happened, though instances die, calls fail and messages repeat', () =>
  surviveFaults({
    shopCount: 20,
    jobCount: Number(process.env.FAULTS_JOBS ?? 4_000),
    seed: seedOf(),
    faults: { deliverTwice: 0.05, deliverOutOfOrder: 0.3, throttleDynamoDb: 0.05 },
    kill: killAtRandom,
    oauth: { shopCount: 2, tokenSeconds: 30 },
  }));
