/** One page that answers: does it flow, what waits, what was given up, and how full are the limits. */
import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Stage } from '../stages.ts';
import { bridgeMetric, bridgeSearch } from './bridge-metrics.ts';

export interface ShownQueue {
  readonly name: string;
  readonly queue: IQueue;
  readonly deadLetters: IQueue;
  /** What became of its messages, for a queue that a function of ours reads. */
  readonly hasConsumer: boolean;
}

export interface BridgeDashboardProps {
  readonly stage: Stage;
  readonly queues: readonly ShownQueue[];
}

const period = Duration.minutes(1);
const rowWidth = 24;
const height = 6;

const graph = (title: string, width: number, left: readonly IMetric[], label = ''): IWidget =>
  new GraphWidget({
    title,
    width,
    height,
    left: [...left],
    leftYAxis: { min: 0, showUnits: false, label },
  });

const queueRow = (stage: Stage, { name, queue, deadLetters, hasConsumer }: ShownQueue) => {
  const options = { period, statistic: 'Maximum' };
  const shown = [
    graph(`${name}: messages that wait`, 6, [
      queue.metricApproximateNumberOfMessagesVisible({ ...options, label: 'in the queue' }),
      queue.metricApproximateNumberOfMessagesNotVisible({ ...options, label: 'under way or back' }),
      queue.metricApproximateNumberOfMessagesDelayed({ ...options, label: 'delayed: held' }),
    ]),
    graph(
      `${name}: oldest message`,
      6,
      [
        queue.metricApproximateAgeOfOldestMessage({ ...options, label: 'in the queue' }),
        ...(hasConsumer
          ? [bridgeMetric({ stage, name: 'JobAge', service: name, period, statistic: 'Maximum' })]
          : []),
      ],
      'seconds',
    ),
    graph(`${name}: dead letters`, 6, [
      deadLetters.metricApproximateNumberOfMessagesVisible({ ...options, label: 'waiting' }),
    ]),
  ];
  const ends = hasConsumer
    ? [bridgeSearch({ stage, name: 'Jobs', service: name, period, statistic: 'Sum' })]
    : [
        queue.metricNumberOfMessagesSent({ period, statistic: 'Sum', label: 'sent' }),
        queue.metricNumberOfMessagesDeleted({
          period,
          statistic: 'Sum',
          label: 'read and deleted',
        }),
      ];
  return [...shown, graph(`${name}: jobs by outcome and type`, 6, ends)];
};

const klaviyoRows = (stage: Stage): IWidget[][] => {
  const sums = { stage, period, statistic: 'Sum' as const };
  return [
    [
      graph(
        'Limit per minute in use, busiest account',
        rowWidth / 2,
        [bridgeSearch({ stage, name: 'QuotaUsed', period, statistic: 'Maximum' })],
        '% of Klaviyo’s limit',
      ),
      graph('Calls by endpoint and status', rowWidth / 2, [
        bridgeSearch({ ...sums, name: 'KlaviyoCalls' }),
      ]),
    ],
    [
      graph(
        'Wait for a permit',
        8,
        [bridgeSearch({ stage, name: 'PermitWait', period, statistic: 'Average' })],
        'ms',
      ),
      graph('429 answers', 8, [bridgeSearch({ ...sums, name: 'Throttled' })]),
      graph('Token refreshes, lost authorisations', 8, [
        bridgeSearch({ ...sums, name: 'TokenRefreshes' }),
        bridgeMetric({ ...sums, name: 'NeedsAuthorisation' }),
      ]),
    ],
  ];
};

const pollRow = (stage: Stage): IWidget[] => {
  const ofPoll = { stage, service: 'poll', period };
  const sum = { ...ofPoll, statistic: 'Sum' as const };
  return [
    graph(
      'Poll: lag of the slowest connection',
      12,
      [bridgeMetric({ ...ofPoll, name: 'PollLag', statistic: 'Maximum' })],
      'seconds',
    ),
    graph('Poll: profiles and scans', 12, [
      bridgeMetric({ ...sum, name: 'ProfilesPublished' }),
      bridgeMetric({ ...sum, name: 'ProfileEchoes' }),
      bridgeMetric({ ...sum, name: 'ScansFailed' }),
      bridgeMetric({ ...sum, name: 'PollPaused' }),
    ]),
  ];
};

const heading = (text: string): IWidget[] => [
  new TextWidget({ markdown: `## ${text}`, width: rowWidth, height: 1 }),
];

/** The dashboard of a stage: a row per queue, then Klaviyo's limits, then the poll. */
export class BridgeDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, { stage, queues }: BridgeDashboardProps) {
    super(scope, id);
    this.dashboard = new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(3),
      widgets: [
        heading('Queues'),
        ...queues.map((queue) => queueRow(stage, queue)),
        heading('Klaviyo'),
        ...klaviyoRows(stage),
        heading('Poll'),
        pollRow(stage),
      ],
    });
  }
}
