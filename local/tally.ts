/** What the functions did, read from what they log: the same lines that CloudWatch gets on AWS. */
import * as z from 'zod';

const metricLine = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(z.object({ Metrics: z.array(z.object({ Name: z.string() })) })),
  }),
  service: z.string(),
});

const logLine = z.looseObject({ level: z.string(), service: z.string(), message: z.string() });

export type Counts = Readonly<Record<string, number>>;

export interface Tally {
  /** Takes one line of a function's output; lines that are neither metric nor log are passed over. */
  observe(line: string): void;
  /** The sum of a metric by one of its dimensions, of one service or of all. */
  sums(metric: string, dimension: string, service?: string): Counts;
  /** Calls that Klaviyo answered with success, by operation. */
  acceptedCalls(): Counts;
  /** Jobs that were given up, by reason. */
  deadLetterReasons(): Counts;
  /** Log lines at level ERROR: none of them belongs to a healthy run. */
  readonly errors: readonly string[];
}

interface Sample {
  readonly metric: string;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const sumBy = (samples: readonly Sample[], dimension: string): Counts => {
  const totals: Record<string, number> = {};
  for (const { value, dimensions } of samples) {
    const key = String(dimensions[dimension]);
    totals[key] = (totals[key] ?? 0) + value;
  }
  return totals;
};

export const createTally = (): Tally => {
  const samples: Sample[] = [];
  const errors: string[] = [];
  const reasons: Record<string, number> = {};
  return {
    errors,
    observe(line) {
      const json = parse(line);
      const metrics = metricLine.safeParse(json);
      if (metrics.success) {
        const { _aws, ...dimensions } = metrics.data;
        for (const { Name } of _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics))
          samples.push({ metric: Name, value: Number(dimensions[Name]), dimensions });
        return;
      }
      const log = logLine.safeParse(json).data;
      if (log?.level === 'ERROR') errors.push(line);
      if (log?.message === 'a job was given up') {
        const reason = String(log.reason);
        reasons[reason] = (reasons[reason] ?? 0) + 1;
      }
    },
    deadLetterReasons: () => reasons,
    acceptedCalls() {
      const accepted = samples.filter(
        ({ metric, dimensions }) => metric === 'KlaviyoCalls' && dimensions.status === '2xx',
      );
      return sumBy(accepted, 'operation');
    },
    sums: (metric, dimension, service) =>
      sumBy(
        samples.filter(
          (sample) =>
            sample.metric === metric &&
            (service === undefined || sample.dimensions.service === service),
        ),
        dimension,
      ),
  };
};
