/** Counters in CloudWatch's embedded metric format: a log line that CloudWatch reads as metrics. */

export type Unit = 'Count' | 'Milliseconds' | 'Seconds' | 'Percent';

export interface Metrics {
  /** Adds to a metric; equal names and dimensions are summed up to the next flush. */
  add(name: string, value?: number, dimensions?: Readonly<Record<string, string>>): void;
  /** Writes what was added since the last flush, one line per set of dimensions. */
  flush(): void;
}

export interface MetricsOptions {
  readonly service: string;
  readonly stage: string;
  /** @default standard output */
  readonly write?: (line: string) => void;
  /** @default the system's clock */
  readonly now?: () => number;
}

export const metricsNamespace = 'KlaviyoBridge';

/** Units by metric name; all others count. */
const units: Readonly<Record<string, Unit>> = {
  PermitWait: 'Milliseconds',
  JobAge: 'Seconds',
  PollLag: 'Seconds',
  QuotaUsed: 'Percent',
};

export const createMetrics = ({
  service,
  stage,
  write = (line) => process.stdout.write(`${line}\n`),
  now = Date.now,
}: MetricsOptions): Metrics => {
  const groups = new Map<
    string,
    { dimensions: Record<string, string>; sums: Map<string, number> }
  >();
  return {
    add(name, value = 1, dimensions = {}) {
      const all = { stage, service, ...dimensions };
      const key = JSON.stringify(all);
      const group = groups.get(key) ?? { dimensions: all, sums: new Map<string, number>() };
      groups.set(key, group);
      group.sums.set(name, (group.sums.get(name) ?? 0) + value);
    },
    flush() {
      for (const { dimensions, sums } of groups.values())
        write(
          JSON.stringify({
            _aws: {
              Timestamp: now(),
              CloudWatchMetrics: [
                {
                  Namespace: metricsNamespace,
                  Dimensions: [Object.keys(dimensions)],
                  Metrics: [...sums.keys()].map((Name) => ({ Name, Unit: units[Name] ?? 'Count' })),
                },
              ],
            },
            ...dimensions,
            ...Object.fromEntries(sums),
          }),
        );
      groups.clear();
    },
  };
};
