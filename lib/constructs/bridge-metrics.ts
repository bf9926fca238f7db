/** The functions' own metrics, as alarms and the dashboard read them. */
import type { Duration } from 'aws-cdk-lib';
import { Metric, SearchExpression } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type MetricName,
  metricContracts,
  metricsNamespace,
} from '../../shared/platform/contract/metrics.ts';
import type { Stage } from '../stages.ts';

export interface BridgeMetricOptions {
  readonly stage: Stage;
  readonly name: MetricName;
  /** Left out: of all functions together, for metrics that are written so. */
  readonly service?: string;
  readonly period: Duration;
  readonly statistic: 'Sum' | 'Maximum';
}

/** A metric under the dimensions that functions write it under, which CloudWatch never adds up by itself. */
export const bridgeMetric = (options: BridgeMetricOptions): Metric => {
  const { stage, name, service, period, statistic } = options;
  return new Metric({
    namespace: metricsNamespace,
    metricName: name,
    dimensionsMap: { stage: stage.name, ...(service === undefined ? {} : { service }) },
    period,
    statistic,
  });
};

type DimensionedName = {
  [N in MetricName]: (typeof metricContracts)[N] extends { dimensions: readonly string[] }
    ? N
    : never;
}[MetricName];

export interface BridgeSearchOptions {
  readonly stage: Stage;
  readonly name: DimensionedName;
  /** @default - of every function, each on a line of its own */
  readonly service?: string;
  readonly period: Duration;
  readonly statistic: 'Sum' | 'Maximum' | 'Average';
}

/** A line for each value of a metric's own dimensions: which there are is known at run time only. */
export const bridgeSearch = (options: BridgeSearchOptions): SearchExpression => {
  const { stage, name, service, period, statistic } = options;
  const { dimensions } = metricContracts[name];
  const schema = [metricsNamespace, 'stage', 'service', ...dimensions].join(',');
  const only = service === undefined ? '' : ` service="${service}"`;
  const terms = `{${schema}} MetricName="${name}" stage="${stage.name}"${only}`;
  const labels = [...(service === undefined ? ['service'] : []), ...dimensions];
  return new SearchExpression({
    expression: `SEARCH('${terms}', '${statistic}', ${period.toSeconds()})`,
    label: labels.map((dimension) => `\${PROP('Dim.${dimension}')}`).join(' '),
    period,
  });
};
