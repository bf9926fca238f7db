/** The alarms on what functions count themselves: Klaviyo's refusals, and a poll that lags. */
import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { eventsQueue } from '../../shared/jobs/contract/queues.ts';
import { type MetricName, retiringSoonDays } from '../../shared/platform/contract/metrics.ts';
import type { Stage } from '../stages.ts';
import type { AlarmDefinition, Alarms } from './alarms.ts';
import { bridgeMetric } from './bridge-metrics.ts';

const period = Duration.minutes(5);

interface Counted {
  readonly id: string;
  readonly means: string;
  readonly name: MetricName;
  readonly service?: string;
  /** @default 1 */
  readonly evaluationPeriods?: number;
}

/** Rings when a function counted anything at all; such counts are written only when they occur. */
const onAny = (stage: Stage, { id, means, evaluationPeriods = 1, ...of }: Counted) => ({
  id,
  means,
  metric: bridgeMetric({ stage, period, statistic: 'Sum', ...of }),
  threshold: 1,
  rings: 'at-or-above' as const,
  evaluationPeriods,
  withoutData: {
    treatAs: TreatMissingData.NOT_BREACHING,
    because: 'a function writes this count only when it happens, so nothing happened',
  },
});

/** What happens in any function: one alarm watches them all. */
const ofAllFunctions: readonly Counted[] = [
  {
    id: 'connections-need-authorisation',
    means:
      'Klaviyo refuses the credentials of a connection: its jobs are held until it is connected again.',
    name: 'NeedsAuthorisation',
  },
  {
    id: 'klaviyo-throttled',
    means: 'Klaviyo answered 429 though calls are paced: something else uses the same quota.',
    name: 'Throttled',
  },
  {
    id: 'permits-ledger-lost',
    means:
      'The record of permits in use was lost or set back: its calls were blocked for a minute.',
    name: 'LedgerLost',
  },
];

const ofEvents: Counted = {
  id: 'events-not-confirmed',
  means: 'Klaviyo accepted events that never appeared there.',
  name: 'EventsNotConfirmed',
  service: eventsQueue.name,
};

const ofScans: Counted = {
  id: 'poll-scans-failing',
  means:
    'Scans of at least one connection have failed for 15 minutes: its changes wait in Klaviyo.',
  name: 'ScansFailed',
  service: 'poll',
  evaluationPeriods: 3, // what passes by itself has passed by then
};

const silentPoll = {
  treatAs: TreatMissingData.NOT_BREACHING,
  because: 'the poll does not run, which has an alarm of its own',
};

const onPollLag = (stage: Stage): AlarmDefinition => ({
  id: 'poll-lag',
  means: 'The changes of at least one connection have waited in Klaviyo for more than 15 minutes.',
  metric: bridgeMetric({ stage, name: 'PollLag', service: 'poll', period, statistic: 'Maximum' }),
  threshold: Duration.minutes(15).toSeconds(),
  rings: 'at-or-above',
  evaluationPeriods: 1,
  withoutData: silentPoll,
});

const onRetiringRevision = (stage: Stage): AlarmDefinition => ({
  id: 'revision-retires-soon',
  means: `Klaviyo retires the revision of at least one connection within ${retiringSoonDays} days.`,
  metric: bridgeMetric({
    stage,
    name: 'RevisionsRetiring',
    service: 'poll',
    period: Duration.hours(1),
    statistic: 'Maximum',
  }),
  threshold: 1,
  rings: 'at-or-above',
  evaluationPeriods: 1,
  withoutData: silentPoll,
});

/** What raises the alarms of a stage that no single queue owns. */
export interface BridgeAlarmsProps {
  readonly stage: Stage;
  readonly alarms: Alarms;
  readonly events: Construct;
  readonly poll: Construct;
}

/** Raises each alarm in the construct that owns the function, or in the registry where all do. */
export const raiseBridgeAlarms = ({ stage, alarms, events, poll }: BridgeAlarmsProps): void => {
  for (const counted of ofAllFunctions) alarms.raise(alarms, onAny(stage, counted));
  alarms.raise(events, onAny(stage, ofEvents));
  alarms.raise(poll, onAny(stage, ofScans));
  alarms.raise(poll, onPollLag(stage));
  alarms.raise(poll, onRetiringRevision(stage));
};
