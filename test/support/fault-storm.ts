/** Everything that goes wrong at once for a while, by chance that a seed repeats. */
import { execFile as execFileWithCallback } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Fault } from '../../local/klaviyo/faults.ts';
import { createQueuePublisher } from '../../shared/jobs/queue-publisher.sqs.ts';
import type { FaultJob, QueueName } from './fault-jobs.ts';
import type { FaultStage } from './fault-stage.ts';

const execFile = promisify(execFileWithCallback);

/** Longer than the client waits for an answer. */
const tooLateMs = 10_100;

/** What stands between now and then: of 45 such answers, none may cost a job. */
const foreign: readonly Fault[] = [
  ...[200, 400, 401, 403, 404, 405, 410, 421, 451].map(
    (status): Fault => ({ kind: 'page', status, probability: 0.004 }),
  ),
  { kind: 'redirect', status: 302, probability: 0.004 },
  { kind: 'redirect', status: 307, probability: 0.004 },
];

/**
 * Three calls in ten fail. Refusals for lack of a permit are few, since after each the bridge
 * leaves a part of the limit to others; so are answers that never come, since each takes ten
 * seconds of a batch.
 */
export const klaviyoFaults: readonly Fault[] = [
  { kind: 'latency', latencyMs: 400, probability: 0.02 },
  { kind: 'latency', latencyMs: tooLateMs, probability: 0.001 },
  { kind: 'half_body', probability: 0.001 },
  { kind: 'byte_a_second', probability: 0.001 },
  ...foreign,
  { kind: 'status', status: 503, when: 'before', probability: 0.09 },
  { kind: 'status', status: 500, when: 'after', probability: 0.06 },
  { kind: 'reset', when: 'before', probability: 0.06 },
  { kind: 'reset', when: 'after', probability: 0.06 },
  { kind: 'challenge', probability: 0.05 },
  { kind: 'status', status: 429, retryAfterSeconds: 1, probability: 0.01 },
];

const outputs = {
  customers: 'CustomersQueueUrl',
  lists: 'ListsQueueUrl',
  events: 'EventsQueueUrl',
} as const satisfies Record<QueueName, string>;

/** Sends jobs in parts over a time, each in its shop's message group. */
export const sendOver = async (
  stage: FaultStage,
  jobs: readonly FaultJob[],
  overMs: number,
): Promise<void> => {
  const parts = 20;
  const size = Math.ceil(jobs.length / parts);
  for (let from = 0; from < jobs.length; from += size) {
    const part = jobs.slice(from, from + size);
    for (const [queue, ofQueue] of Map.groupBy(part, (one) => one.queue)) {
      const queueUrl = stage.outputs[outputs[queue]] ?? '';
      const publish = createQueuePublisher({ client: stage.sqs, queueUrl });
      const failed = await publish(ofQueue.map(({ body, shop }) => ({ body, groupId: shop })));
      if (failed.size > 0) throw new Error(`${queue} did not take ${failed.size} jobs`);
    }
    await sleep(overMs / parts);
  }
};

/** Kills at random moments, until `kill` says nothing more; gives the number of those that hit. */
const killEach = async (
  random: () => number,
  kill: () => Promise<boolean | undefined>,
): Promise<number> => {
  for (let kills = 0; ; ) {
    await sleep(500 + random() * 4_500);
    const hit = await kill();
    if (hit === undefined) return kills;
    kills += Number(hit);
  }
};

/** When the last kill of each function is: a crash costs more the longer its leases are. */
const killedForMs = { Customers: 40_000, Lists: 10_000, Events: 40_000 } as const;

export type Kill = (stage: FaultStage, random: () => number, startedMs: number) => Promise<number>;

/** Kills all instances of one function after the other, at random moments. Gives the number. */
export const killAtRandom: Kill = ({ aws }, random, startedMs) =>
  killEach(random, async () => {
    const alive = Object.entries(killedForMs).filter(([, ms]) => Date.now() < startedMs + ms);
    const [name] = alive[Math.floor(random() * alive.length)] ?? [];
    if (name === undefined) return undefined;
    aws.killInstances(`${name}/Consumer`);
    return true;
  });

const instance = /instance-process/;

/** The processes of all instances, as anybody sees them who looks at the machine. */
const instancePids = async (): Promise<number[]> => {
  const { stdout } = await execFile('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid = '', ppid] = line.trim().split(/\s+/);
    return ppid === String(process.pid) && instance.test(line) ? [Number(pid)] : [];
  });
};

/** Whether it was there to be killed. */
const endProcess = (pid: number): boolean => {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // it has ended since
  }
};

const killedByPidForMs = 45_000;

/** Kills instances one by one from outside, whatever they do: nobody has been told. */
export const killByPid: Kill = (_stage, random, startedMs) =>
  killEach(random, async () => {
    if (Date.now() > startedMs + killedByPidForMs) return undefined;
    const pids = await instancePids();
    const first = Math.floor(random() * pids.length);
    return [...pids.slice(first), ...pids.slice(0, first)].some(endProcess);
  });
