/** A world in virtual time: Klaviyo, the tables, the queue, and runs of the poll that may die. */
import { createPoll } from '../../../functions/poll/create-poll.ts';
import { memoryKeyOf } from '../../../shared/connections/contract.ts';
import { type CustomerChanged, customerChanged } from '../../../shared/jobs/contract/messages.ts';
import { KlaviyoRateLimitError } from '../../../shared/klaviyo/index.ts';
import { withFieldsSent } from '../../../shared/people/contract/known-fields.ts';
import type {
  ProfileMemory,
  RememberedProfile,
} from '../../../shared/people/contract/profile-memory.ts';
import { PassingError } from '../../../shared/platform/passing-error.ts';
import { connectionOf } from '../../support/connection.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { createRandom } from '../../support/seeded-random.ts';
import { createVirtualTime } from '../../support/virtual-time.ts';
import { createMemoryCursors, cursorsOver } from './memory-cursors.ts';
import { callOf, createModelKlaviyo, type State } from './model-klaviyo.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly late: 'state' | 'index';
  readonly startFrom: string;
  readonly cursorLifetimeMs: number;
  readonly faults: number;
  /** How often the reader of `inbound` is found to have fallen behind. */
  readonly fullness: number;
  readonly pageSize: number;
  /** The longest that a call takes while things go wrong. */
  readonly slowestCallMs: number;
}

export interface RunOptions {
  /** Dies at this operation: before it is carried out, or after. */
  readonly crash?: { readonly step: number; readonly carriedOut: boolean } | undefined;
  readonly clockErrorMs?: number;
  /** Whether operations fail now and then. */
  readonly faulty: boolean;
}

interface Run {
  deadSinceMs: number;
  ended: boolean;
}

export interface Publication {
  readonly message: CustomerChanged;
  readonly atMs: number;
  readonly run: Run;
}

export interface OwnWrite {
  readonly profile: string;
  readonly updatedMs: number;
  readonly change: Partial<State>;
}

export const startMs = Date.parse('2026-11-23T12:00:00Z');
/** The poll's own timeout. */
const timeoutMs = 55_000;
const connectionId = 'acme';

export const createPollWorld = (options: WorldOptions) => {
  const time = createVirtualTime(startMs);
  const { nowMs } = time;
  const random = createRandom(options.seed);
  const klaviyo = createModelKlaviyo({ ...options, nowMs });
  const { cursors, read } = createMemoryCursors(nowMs);
  const { settings, klaviyo: account } = connectionOf({
    connectionId,
    poll: { startFrom: options.startFrom },
  });
  const remembered = new Map<string, RememberedProfile>();
  const publications: Publication[] = [];
  const marksInTheFuture: string[] = [];
  const logs: string[][] = [];
  const ownWrites: OwnWrite[] = [];
  const leased = new Set<string>();

  const memoryOver = (
    during: <T>(effect: () => T) => Promise<T>,
  ): ProfileMemory & { findAddresses: () => Promise<Map<string, never>> } => ({
    recall: (_, ids) =>
      during(() => new Map(ids.map((id) => [id, remembered.get(id) ?? {}] as const))),
    remember: (_, profiles) =>
      during(() => {
        for (const { profileId, updatedMs, fields } of profiles)
          remembered.set(profileId, {
            ...remembered.get(profileId),
            published: { updatedMs, fieldsTold: fields },
          });
      }),
    findAddresses: () => during(() => new Map<string, never>()),
    link: () => during(() => {}),
  });

  const checkWatermark = () => {
    const { watermarkMs = 0 } = read(memoryKeyOf(settings));
    if (watermarkMs > nowMs()) marksInTheFuture.push(`watermark ${watermarkMs} at ${nowMs()}`);
  };

  /** One invocation of the function: what it does takes time, and may end anywhere. */
  const invoke = ({ crash, clockErrorMs = 0, faulty }: RunOptions): Run => {
    const process = time.process(clockErrorMs);
    const run: Run = { deadSinceMs: Number.POSITIVE_INFINITY, ended: false };
    const die = () => {
      if (run.ended) return;
      run.deadSinceMs = Math.min(run.deadSinceMs, nowMs());
      process.kill();
    };
    let steps = 0;
    const fails = (error: Error) => {
      if (faulty && random() < options.faults) throw error;
    };
    /** What has left the process is carried out, even if the process is dead by then. */
    const during =
      (slowestMs: number) =>
      <T>(effect: () => T): Promise<T> =>
        new Promise((resolve, reject) => {
          steps += 1;
          const last = steps === crash?.step;
          if (last && !crash?.carriedOut) return die();
          const takesMs = random() * slowestMs;
          time.after(takesMs / 2, () => {
            let answer: () => void;
            try {
              const result = effect();
              answer = () => resolve(result);
            } catch (error) {
              answer = () => reject(error);
            }
            checkWatermark();
            if (last) die();
            process.clock.after(takesMs / 2, answer);
          });
        });
    const stored = during(400);
    const { logger, metrics, lines } = createMemoryLog();
    logs.push(lines);
    const poll = createPoll({
      klaviyo: {
        call: callOf(klaviyo, (effect) =>
          during(faulty ? options.slowestCallMs : 1_000)(() => {
            fails(new KlaviyoRateLimitError('GET /api/profiles', 1_000));
            return effect();
          }),
        ),
      },
      permits: { flush: async () => {} },
      readSettings: async () => settings,
      forgetting: {
        list: async () => [],
        cancel: async () => {},
        forgetPage: async () => undefined,
      },
      cursors: cursorsOver(cursors, (effect) =>
        stored(() => {
          fails(new PassingError('throttled'));
          return effect();
        }),
      ),
      memory: memoryOver(stored),
      publish: (messages) =>
        stored(() => {
          const failed = new Set<number>();
          for (const [index, { body }] of messages.entries()) {
            if (faulty && random() < options.faults) failed.add(index);
            else {
              const message = customerChanged.parse(JSON.parse(body));
              publications.push({ message, atMs: nowMs(), run });
            }
          }
          return failed;
        }),
      countMessages: async () => (faulty && random() < options.fullness ? 1_000_000 : 0),
      listConnections: async function* () {
        yield { settings, cursor: await stored(() => read(memoryKeyOf(settings))) };
      },
      openConnection: () => ({ kind: 'open', connection: { settings, klaviyo: account } }),
      findConnection: async () => ({ kind: 'unknown' }),
      logger,
      metrics,
      now: process.clock.nowMs,
    });
    time.after(timeoutMs, die);
    const endsMs = nowMs() + timeoutMs;
    void poll({}, { getRemainingTimeInMillis: () => endsMs - nowMs() }).finally(() => {
      run.ended = true;
    });
    return run;
  };

  /**
   * A job of the customers function: under the customer's lease it writes, and a while later
   * remembers what it wrote.
   */
  const writeOwn = (id: string, change: Partial<State>): void => {
    if (leased.has(id)) {
      time.after(5_000, () => writeOwn(id, change));
      return;
    }
    leased.add(id);
    const updatedMs = klaviyo.write(id, change);
    ownWrites.push({ profile: id, updatedMs, change });
    time.after(random() * 2_000, () => {
      const before = remembered.get(id) ?? {};
      const fieldsSent = withFieldsSent(before.fieldsSent, change, updatedMs);
      remembered.set(id, { ...before, customerIds: [`customer of ${id}`], fieldsSent });
      leased.delete(id);
    });
  };

  return {
    time,
    klaviyo,
    invoke,
    writeOwn,
    publications,
    ownWrites,
    marksInTheFuture,
    /** What a person would have to look into. */
    errors: () => logs.flat().filter((line) => line.includes('"level":"ERROR"')),
  };
};

export type PollWorld = ReturnType<typeof createPollWorld>;
