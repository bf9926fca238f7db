/** What a run of the sample shop came to: as a table for people, as one line of JSON for machines. */
import { type Tier, tiers } from '../shared/klaviyo/tiers.ts';
import type { Counts, Tally } from './tally.ts';

export interface QueueSummary {
  readonly sent: number;
  readonly delivered: number;
  readonly superseded: number;
  readonly deadLettered: number;
}

export interface Summary {
  readonly queues: Readonly<Record<string, QueueSummary>>;
  readonly created: number;
  readonly updated: number;
  readonly deadLetterReasons: Counts;
  /** Calls that Klaviyo accepted, by operation. */
  readonly calls: Counts;
  readonly throttled: number;
  /** What came out of the queue `inbound`, of what had to. */
  readonly inbound: {
    /** Profiles that were edited in Klaviyo, and those that list jobs subscribed. */
    readonly edited: number;
    readonly consents: number;
    readonly arrived: number;
    readonly missing: number;
    /** Profiles that came back although only the bridge had changed them. */
    readonly echoes: number;
  };
  readonly seconds: Readonly<Record<string, number>>;
  /** How long Klaviyo's limits alone would take for the customers. */
  readonly limitAloneSeconds: number;
  /** Every job was delivered, superseded or dead-lettered, and every change arrived once. */
  readonly complete: boolean;
}

/** The least time that so many calls take under both windows of a tier. */
export const limitAloneSeconds = (calls: number, tier: Tier): number => {
  const { burst, steady } = tiers[tier];
  const last = Math.max(0, calls - 1);
  return Math.floor(last / steady) * 60 + Math.floor((last % steady) / burst);
};

export const summariseQueue = (tally: Tally, service: string, sent: number): QueueSummary => {
  const { delivered = 0, superseded = 0, refused = 0 } = tally.sums('Jobs', 'outcome', service);
  return { sent, delivered, superseded, deadLettered: refused };
};

export const isComplete = ({ sent, delivered, superseded, deadLettered }: QueueSummary): boolean =>
  sent === delivered + superseded + deadLettered;

const queueRow = ([name, ...cells]: readonly (string | number)[]): string =>
  `  ${name}`.padEnd(14) + cells.map((cell) => `${cell}`.padStart(14)).join('');

const countRow = (name: string, count: number): string =>
  `  ${name}`.padEnd(52) + `${count}`.padStart(6);

const countRows = (counts: Counts): string[] =>
  Object.entries(counts).map(([name, count]) => countRow(name, count));

/** The summary as lines for a terminal. */
export const toTable = (summary: Summary): string => {
  const { customers = 0, lists = 0, inbound = 0 } = summary.seconds;
  const { edited, consents, arrived, missing, echoes } = summary.inbound;
  return [
    '',
    queueRow(['queue', 'sent', 'delivered', 'superseded', 'dead letters']),
    ...Object.entries(summary.queues).map(([name, { sent, delivered, superseded, deadLettered }]) =>
      queueRow([name, sent, delivered, superseded, deadLettered]),
    ),
    '',
    '  dead letters by reason',
    ...countRows(summary.deadLetterReasons),
    '',
    '  Klaviyo calls',
    ...countRows(summary.calls),
    countRow('429 (too many requests)', summary.throttled),
    '',
    `  ${summary.created} profiles created, ${summary.updated} updates accepted.`,
    `  Customers took ${customers} s; Klaviyo's limits alone would take ${summary.limitAloneSeconds} s.`,
    `  Lists and orders took ${lists} s.`,
    `  ${edited} edits in Klaviyo and ${consents} consents: ${arrived} profiles arrived on inbound within ${inbound} s,`,
    `  ${missing} are missing, and ${echoes} are echoes of our own writes.`,
    summary.complete
      ? '  Every job is accounted for.'
      : '  NOT every job is accounted for: see the log lines above.',
    '',
  ].join('\n');
};
