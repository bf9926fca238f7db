/** Metrics in CloudWatch's embedded metric format: log lines that CloudWatch reads as metrics. */
import {
  type MetricContract,
  type MetricName,
  metricContracts,
  metricsNamespace,
} from './contract/metrics.ts';

export interface Metrics {
  /** Adds to a count, or notes one value of what is measured; equal names and dimensions go together. */
  add(name: MetricName, value?: number, dimensions?: Readonly<Record<string, string>>): void;
  /** Writes what was added since the last flush, a line or more per set of dimensions. */
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

interface Group {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: Map<MetricName, number[]>;
}

/** CloudWatch reads no more values of a metric from one line. */
const valuesPerLine = 100;

const contractOf = (name: MetricName): MetricContract => metricContracts[name];

/** Metrics with the sets of dimensions that each is written under. */
const directivesOf = (names: readonly MetricName[], dimensions: readonly string[]) => {
  const { across = [], within = [] } = Object.groupBy(names, (name) =>
    contractOf(name).acrossServices ? 'across' : 'within',
  );
  const directive = (some: readonly MetricName[], ...sets: (readonly string[])[]) => ({
    Namespace: metricsNamespace,
    Dimensions: sets,
    Metrics: some.map((Name) => ({ Name, Unit: contractOf(Name).unit })),
  });
  return [directive(within, dimensions), directive(across, dimensions, ['stage'])].filter(
    ({ Metrics }) => Metrics.length > 0,
  );
};

const lineOf = (
  dimensions: Group['dimensions'],
  values: ReadonlyMap<MetricName, readonly number[]>,
  nowMs: number,
): string =>
  JSON.stringify({
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: directivesOf([...values.keys()], Object.keys(dimensions)),
    },
    ...dimensions,
    ...Object.fromEntries([...values].map(([name, all]) => [name, all.length > 1 ? all : all[0]])),
  });

/** The values of a group, a line's worth at a time. */
function* linesOf(values: Group['values']): Generator<Map<MetricName, number[]>, void, void> {
  const longest = Math.max(...[...values.values()].map(({ length }) => length));
  for (let from = 0; from < longest; from += valuesPerLine)
    yield new Map(
      [...values]
        .map(([name, all]) => [name, all.slice(from, from + valuesPerLine)] as const)
        .filter(([, some]) => some.length > 0),
    );
}

export const createMetrics = ({
  service,
  stage,
  write = (line) => process.stdout.write(`${line}\n`),
  now = Date.now,
}: MetricsOptions): Metrics => {
  const groups = new Map<string, Group>();

  const groupOf = (dimensions: Group['dimensions']): Group => {
    const key = JSON.stringify(dimensions);
    const group = groups.get(key) ?? { dimensions, values: new Map<MetricName, number[]>() };
    groups.set(key, group);
    return group;
  };

  return {
    add(name, value = 1, dimensions = {}) {
      const { values } = groupOf({ stage, service, ...dimensions });
      const before = values.get(name);
      if (before === undefined) values.set(name, [value]);
      else if (contractOf(name).unit === 'Count') before[0] = (before[0] ?? 0) + value;
      else before.push(value);
    },
    flush() {
      for (const { dimensions, values } of groups.values())
        for (const some of linesOf(values)) write(lineOf(dimensions, some, now()));
      groups.clear();
    },
  };
};
