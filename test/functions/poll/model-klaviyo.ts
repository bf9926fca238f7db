/**
 * Klaviyo's profiles in virtual time, as the poll may meet them: stamps in whole seconds, changes
 * that become visible late, profiles dated ahead, cursors that expire, bounds that are refused.
 */
import {
  type endpoints,
  type KlaviyoClient,
  KlaviyoRequestError,
} from '../../../shared/klaviyo/index.ts';

export interface State {
  readonly first_name: string;
  readonly properties: Readonly<Record<string, number>>;
}

interface Version {
  readonly state: State;
  readonly updatedMs: number;
  readonly visibleMs: number;
}

export interface ModelKlaviyoOptions {
  readonly nowMs: () => number;
  /** Whether a late change shows its old state, or only its place in the order is late. */
  readonly late: 'state' | 'index';
  readonly pageSize: number;
  readonly cursorLifetimeMs: number;
}

const secondsOf = (ms: number) => Math.floor(ms / 1_000);
const iso = (seconds: number) => `${new Date(seconds * 1_000).toISOString().slice(0, 19)}+00:00`;
const refusal = (code: string) =>
  new KlaviyoRequestError('GET /api/profiles', 400, [{ code, detail: '' }]);

const boundsOf = (filter: string) => {
  const match = /^greater-than\(updated,(.+Z)\),less-than\(updated,(.+Z)\)$/.exec(filter);
  const [lower, upper] = [match?.[1], match?.[2]].map((text) => Date.parse(text ?? '') / 1_000);
  if (!Number.isInteger(lower) || !Number.isInteger(upper)) throw new Error(`odd filter ${filter}`);
  return { lower: lower as number, upper: upper as number };
};

export const createModelKlaviyo = ({
  nowMs,
  late,
  pageSize,
  cursorLifetimeMs,
}: ModelKlaviyoOptions) => {
  const profiles = new Map<string, Version[]>();

  const latest = (id: string): Version => profiles.get(id)?.at(-1) as Version;
  const visible = (id: string): Version =>
    profiles.get(id)?.findLast(({ visibleMs }) => visibleMs <= nowMs()) as Version;

  const resourceOf = (id: string) => {
    const { state, updatedMs } = late === 'state' ? visible(id) : latest(id);
    const updated = iso(secondsOf(updatedMs));
    const subscriptions = { email: { marketing: { consent: 'NEVER_SUBSCRIBED' } } };
    const attributes = { ...state, email: `${id}@example.com`, updated, subscriptions };
    return { type: 'profile', id, attributes };
  };

  const positionOf = (id: string) => `${secondsOf(visible(id).updatedMs)}`.padStart(12, '0') + id;

  const startOf = (cursor: string | undefined, filter: string): string => {
    if (cursor === undefined) return '';
    const [position = '', issuedMs, of] = cursor.split('@');
    if (of !== filter) throw new Error('the cursor is of another filter');
    if (nowMs() - Number(issuedMs) > cursorLifetimeMs) throw refusal('invalid_cursor');
    return position;
  };

  const urlAfter = (id: string, filter: string): string => {
    const next = new URL('https://a.klaviyo.com/api/profiles');
    next.searchParams.set('page[cursor]', `${positionOf(id)}@${nowMs()}@${filter}`);
    return next.href;
  };

  /** A page as `GET /api/profiles` answers it. */
  const page = (filter: string, cursor: string | undefined) => {
    const { lower, upper } = boundsOf(filter);
    if (lower >= upper || upper * 1_000 > nowMs()) throw refusal('invalid_bounds');
    const after = startOf(cursor, filter);
    const within = [...profiles.keys()]
      .filter((id) => {
        const seconds = secondsOf(visible(id).updatedMs);
        return seconds > lower && seconds < upper && positionOf(id) > after;
      })
      .toSorted((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1));
    const ids = within.slice(0, pageSize);
    const last = ids.at(-1);
    const more = last !== undefined && within.length > pageSize;
    return { data: ids.map(resourceOf), links: { next: more ? urlAfter(last, filter) : null } };
  };

  return {
    latest,
    create(id: string, state: State, updatedMs: number) {
      profiles.set(id, [{ state, updatedMs, visibleMs: 0 }]);
    },
    /** Changes a profile now; resolves to its new stamp. */
    write(id: string, change: Partial<State>, { lateMs = 0, aheadMs = 0 } = {}): number {
      const { state } = latest(id);
      const properties = { ...state.properties, ...change.properties };
      const updatedMs = nowMs() + aheadMs;
      const version = { state: { ...state, ...change, properties }, updatedMs };
      profiles.get(id)?.push({ ...version, visibleMs: nowMs() + lateMs });
      return updatedMs;
    },
    /** The one call of a scan, through the endpoint's own record. */
    answer(endpoint: typeof endpoints.getProfiles, input: unknown) {
      const wire = endpoint.toWire(endpoint.input.parse(input), {
        named: '2023-10-15',
        shape: '2025-01-15',
      });
      const { filter = '', 'page[cursor]': cursor } = wire.query ?? {};
      return endpoint.output.parse(page(filter, cursor));
    },
  };
};

export type ModelKlaviyo = ReturnType<typeof createModelKlaviyo>;

/** The client's `call` over the model: whatever is called, it is a page of a scan. */
export const callOf = (
  klaviyo: ModelKlaviyo,
  during: <T>(effect: () => T) => Promise<T>,
): KlaviyoClient['call'] =>
  ((endpoint: typeof endpoints.getProfiles, input: unknown) =>
    during(() => klaviyo.answer(endpoint, input))) as unknown as KlaviyoClient['call'];
