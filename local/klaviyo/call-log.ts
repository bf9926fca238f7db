/** One call as it was answered: no ids, no content. A status of 0 means that none was sent. */
export interface AnsweredCall {
  /** `GET /api/profiles/{id}`, or `GET (unknown)` */
  readonly endpoint: string;
  readonly account: string | undefined;
  readonly status: number;
  readonly atMs: number;
}

export interface CallCount {
  readonly endpoint: string;
  readonly account: string | undefined;
  readonly status: number;
  readonly count: number;
}

export interface CallLog {
  add(call: AnsweredCall): void;
  counts(): CallCount[];
  clear(): void;
}

/** Counts calls by endpoint, account and status. */
export const createCallLog = (onCall: ((call: AnsweredCall) => void) | undefined): CallLog => {
  const counts = new Map<string, CallCount>();
  return {
    add: (call) => {
      const { endpoint, account, status } = call;
      const key = JSON.stringify([endpoint, account, status]);
      const count = (counts.get(key)?.count ?? 0) + 1;
      counts.set(key, { endpoint, account, status, count });
      onCall?.(call);
    },
    counts: () => [...counts.values()],
    clear: () => counts.clear(),
  };
};
