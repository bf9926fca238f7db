/** The metrics: what functions count and measure, and what alarms and the dashboard read. */

export const metricsNamespace = 'KlaviyoBridge';

export interface MetricContract {
  /** What is counted is summed up to the next flush; of all others each value is kept. */
  readonly unit: 'Count' | 'Milliseconds' | 'Seconds' | 'Percent';
  /** On top of `stage` and `service`. */
  readonly dimensions?: readonly string[];
  /** Also written under `stage` alone: one alarm then watches all functions. */
  readonly acrossServices?: boolean;
}

const count = { unit: 'Count' } as const satisfies MetricContract;

/** The one list of names: what is not in it does not compile, on either side. */
export const metricContracts = {
  /** Ends of jobs; an unreadable job has the type `none`. */
  Jobs: { ...count, dimensions: ['outcome', 'type'] },
  /** The oldest job of each batch, counted from when it was first sent. */
  JobAge: { unit: 'Seconds' },
  KlaviyoCalls: { ...count, dimensions: ['operation', 'status'] },
  /** Of a proxy, a firewall, a captive portal: answers without the form of Klaviyo's. */
  ForeignAnswers: { ...count, dimensions: ['status'] },
  PermitWait: { unit: 'Milliseconds', dimensions: ['operation'] },
  /** Of an account's limit per minute of one endpoint, after each reservation of permits. */
  QuotaUsed: { unit: 'Percent', dimensions: ['operation'] },
  Throttled: { ...count, dimensions: ['operation'], acrossServices: true },
  LedgerLost: { ...count, acrossServices: true },
  TokenRefreshes: { ...count, dimensions: ['result'] },
  NeedsAuthorisation: { ...count, acrossServices: true },
  OAuthPages: { ...count, dimensions: ['result'] },
  EventsConfirmed: count,
  EventsNotConfirmed: count,
  /** Identifiers left out of writes that were delivered otherwise. */
  IdentifiersWithheld: { ...count, dimensions: ['reason'] },
  /** Consents of jobs that the person has overruled in Klaviyo since. */
  ConsentsOverruled: { ...count, dimensions: ['type'] },
  /** Opt-outs from a list of people who were not on it and stay subscribed. */
  OptOutsWithoutEffect: count,
  DatesOfBirthLeftOut: count,
  /** The connection that is furthest behind, of those that were due. */
  PollLag: { unit: 'Seconds' },
  PollPaused: count,
  ScansFailed: count,
  ScansRestarted: count,
  ProfilesPublished: count,
  ProfilesSkipped: count,
  ProfileEchoes: count,
  /** Connections whose named revision Klaviyo retires within `retiringSoonDays`. */
  RevisionsRetiring: { unit: 'Count' },
} as const satisfies Record<string, MetricContract>;

export type MetricName = keyof typeof metricContracts;

/** Long enough to plan a change of revision, short enough to do it. */
export const retiringSoonDays = 60;
