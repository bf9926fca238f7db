/** The functions' own metrics, as alarms read them. */
import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type MetricName, metricsNamespace } from '../../shared/contracts/metrics.ts';
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
