/** One call as it was answered: no ids, no content. A status of 0 means that none was sent. */
export interface AnsweredCall {
  /** `GET /api/profiles/{id}`, or `GET (unknown)` */
  readonly endpoint: string;
  readonly account: string | undefined;
  readonly status: number;
  readonly atMs: number;
}

/** What was asked and answered, as far as it is kept: never the credentials. */
export interface CallContent {
  readonly method: string;
  /** Path and query, as they were asked. */
  readonly path: string;
  readonly request: string;
  readonly answer: string;
  readonly tookMs: number;
}

export type RecentCall = AnsweredCall & CallContent;

export interface CallCount {
  readonly endpoint: string;
  readonly account: string | undefined;
  readonly status: number;
  readonly count: number;
}

export interface CallLog {
  add(call: AnsweredCall, content: CallContent): void;
  counts(): CallCount[];
  /** The last calls with their content, the newest first. */
  recent(): RecentCall[];
  clear(): void;
}

/** More than a person reads, and less than fills the memory. */
export const maxRecentCalls = 500;
export const maxBodyLength = 16_384;

/** A copy: a slice alone would keep the whole text in memory. */
const beginning = (text: string): string =>
  text.length > maxBodyLength ? `${Buffer.from(text.slice(0, maxBodyLength))}…` : text;

/** Counts calls by endpoint, account and status, and keeps the last ones whole. */
export const createCallLog = (onCall: ((call: AnsweredCall) => void) | undefined): CallLog => {
  const counts = new Map<string, CallCount>();
  const recent: RecentCall[] = [];

  const keep = (call: RecentCall): void => {
    const { request, answer } = call;
    recent.push({ ...call, request: beginning(request), answer: beginning(answer) });
    // Now and then, not at every call: an array is moved as a whole.
    if (recent.length >= 2 * maxRecentCalls) recent.splice(0, recent.length - maxRecentCalls);
  };

  return {
    add: (call, content) => {
      const { endpoint, account, status } = call;
      const key = JSON.stringify([endpoint, account, status]);
      const count = (counts.get(key)?.count ?? 0) + 1;
      counts.set(key, { endpoint, account, status, count });
      keep({ ...call, ...content });
      onCall?.(call);
    },
    counts: () => [...counts.values()],
    recent: () => recent.slice(-maxRecentCalls).reverse(),
    clear: () => {
      counts.clear();
      recent.length = 0;
    },
  };
};
