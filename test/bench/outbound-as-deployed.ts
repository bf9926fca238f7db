/** The functions as deployed: their speed, and the DynamoDB items that a job writes and reads. */
import { printFigure, printProgress } from './figure.ts';
import {
  addJob,
  bodiesOf,
  customerJob,
  eventJob,
  type JobOf,
  subscribeJob,
} from './outbound-jobs.ts';
import { startCountingProxy } from './outbound-proxy.ts';
import { expectNoneRefused, reportPaced } from './outbound-speed.ts';
import { type StageQueue, startOutboundStage } from './outbound-stage.ts';

/** Few enough that the account's limits hold none of them up for long. */
const jobs = 300;

/** So many share the work that their ledgers hold none of it up for long. */
const pacedAccounts = 20;

const kinds: readonly { name: string; queue: StageQueue; job: JobOf }[] = [
  { name: 'a customer that is new', queue: 'Customers', job: customerJob(0) },
  { name: 'a customer that has changed', queue: 'Customers', job: customerJob(1) },
  { name: 'a customer that has not changed', queue: 'Customers', job: customerJob(1) },
  { name: 'a list add', queue: 'Lists', job: addJob },
  { name: 'a subscribe', queue: 'Lists', job: subscribeJob },
  { name: 'an event in a call of its own', queue: 'Events', job: eventJob },
];

export const reportAsDeployed = async (): Promise<void> => {
  await using dynamodbBehind = await startCountingProxy();
  const accounts = Array.from({ length: pacedAccounts }, () => ({}));
  await using stage = await startOutboundStage({ accounts, permits: 'ledgers', dynamodbBehind });
  await reportPaced(stage, pacedAccounts);
  for (const { name, queue, job } of kinds) {
    dynamodbBehind.take();
    await stage.drain(queue, bodiesOf(job, jobs));
    const tables = [...dynamodbBehind.take()];
    printProgress(`counted ${jobs} of ${name}`);
    for (const what of ['writes', 'reads'] as const)
      printFigure('outbound', {
        figure: `DynamoDB ${what} for ${name}`,
        value: tables.reduce((sum, [, counts]) => sum + counts[what], 0) / jobs,
        unit: `${what} per job`,
        peers: Object.fromEntries(
          tables.map(([table, counts]) => [`in ${table}`, counts[what] / jobs]),
        ),
      });
  }
  await expectNoneRefused(stage);
};
