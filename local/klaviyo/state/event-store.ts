import type { Random } from '../random.ts';

export interface Metric {
  readonly id: string;
  readonly name: string;
  readonly createdMs: number;
}

export interface RecordedEvent {
  readonly id: string;
  readonly uuid: string;
  readonly profileId: string;
  readonly metric: Metric;
  /** Whole seconds: Klaviyo cuts off the rest. */
  readonly timeSeconds: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly uniqueId: string | undefined;
  readonly value: number | undefined;
  readonly valueCurrency: string | undefined;
  readonly backfill: boolean;
}

export type NewEvent = Pick<
  RecordedEvent,
  'timeSeconds' | 'properties' | 'uniqueId' | 'value' | 'valueCurrency' | 'backfill'
> & { readonly metricName: string };

export interface EventStore {
  all(): readonly RecordedEvent[];
  of(profileId: string): readonly RecordedEvent[];
  /**
   * Keeps the event unless its profile and metric had one with this unique id, or without one in
   * this second. Says whether it was kept.
   */
  record(profileId: string, event: NewEvent): boolean;
  /** The profile is gone, and so are its events. */
  forget(profileId: string): void;
  /** The events of one profile become another's. */
  reassign(fromProfileId: string, toProfileId: string): void;
  metrics(): readonly Metric[];
  get(id: string): RecordedEvent | undefined;
}

/** The events and metrics of one account. */
export const createEventStore = (random: Random, nowMs: () => number): EventStore => {
  let events: RecordedEvent[] = [];
  const byProfile = new Map<string, RecordedEvent[]>();
  const metrics = new Map<string, Metric>();
  const known = new Set<string>();

  const metricOf = (name: string): Metric => {
    const metric = metrics.get(name) ?? { id: random.shortId(), name, createdMs: nowMs() };
    metrics.set(name, metric);
    return metric;
  };

  const keyOf = (profileId: string, metricName: string, event: Omit<NewEvent, 'metricName'>) =>
    JSON.stringify([profileId, metricName, event.uniqueId ?? event.timeSeconds]);

  const record: EventStore['record'] = (profileId, { metricName, ...event }) => {
    const key = keyOf(profileId, metricName, event);
    if (known.has(key)) return false;
    known.add(key);
    const metric = metricOf(metricName);
    const kept = { ...event, id: random.token(11), uuid: random.uuid(), profileId, metric };
    events.push(kept);
    const ofProfile = byProfile.get(profileId);
    if (ofProfile) ofProfile.push(kept);
    else byProfile.set(profileId, [kept]);
    return true;
  };

  const forget = (profileId: string): void => {
    if (byProfile.delete(profileId)) events = events.filter((one) => one.profileId !== profileId);
  };

  const reassign = (fromProfileId: string, toProfileId: string): void => {
    if (!byProfile.has(fromProfileId)) return;
    byProfile.delete(fromProfileId);
    events = events.map((one) =>
      one.profileId === fromProfileId ? { ...one, profileId: toProfileId } : one,
    );
    const ofBoth = events.filter((one) => one.profileId === toProfileId);
    byProfile.set(toProfileId, ofBoth);
    for (const one of ofBoth) known.add(keyOf(toProfileId, one.metric.name, one));
  };

  return {
    all: () => events,
    of: (profileId) => byProfile.get(profileId) ?? [],
    record,
    forget,
    reassign,
    metrics: () => [...metrics.values()],
    get: (id) => events.find((one) => one.id === id),
  };
};
