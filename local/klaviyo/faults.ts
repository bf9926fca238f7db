import type { Random } from './random.ts';

/** What goes wrong with a call. `before` and `after` say on which side of its effect. */
type FaultKind =
  | {
      readonly kind: 'status';
      readonly status: number;
      /** @default before */
      readonly when?: 'before' | 'after';
      /** With 429: whole seconds. @default 1 */
      readonly retryAfterSeconds?: number;
      /** @default an error envelope that fits the status */
      readonly body?: unknown;
    }
  | { readonly kind: 'latency'; readonly latencyMs: number }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** The page of the content delivery network: 403, HTML, `cf-mitigated: challenge`. */
  | { readonly kind: 'challenge' }
  /** The true answer, of which half comes and then nothing, or a byte each second. */
  | { readonly kind: 'half_body' }
  | { readonly kind: 'byte_a_second' }
  /** An HTML page of a proxy's, a firewall's or a captive portal's. */
  | { readonly kind: 'page'; readonly status: number }
  /** To another place, as a captive portal does. @default 302 */
  | { readonly kind: 'redirect'; readonly status?: 301 | 302 | 303 | 307 | 308 };

export type Fault = FaultKind & {
  /** Which calls. @default all */
  readonly match?: {
    /** As in `GET /api/profiles/{id}`, `POST /oauth/token`. */
    readonly endpoint?: string;
    /** The account's id. */
    readonly account?: string;
  };
  /** How likely a matching call is hit. @default 1 */
  readonly probability?: number;
  /** How many calls are hit. @default no end */
  readonly times?: number;
  /** How many matching calls pass before the first is hit. @default 0 */
  readonly skip?: number;
};

export interface FaultScript {
  /** The faults that hit this call: any latency, and the first of the others. */
  next(endpoint: string, account: string | undefined): Fault[];
  /** How many calls each fault has hit. */
  hits(): { fault: Fault; hits: number }[];
}

interface Entry {
  readonly fault: Fault;
  seen: number;
  hits: number;
}

const matches = ({ match }: Fault, endpoint: string, account: string | undefined): boolean =>
  (match?.endpoint === undefined || match.endpoint === endpoint) &&
  (match?.account === undefined || match.account === account);

/** Rolls the dice for each call, in the order of the list. */
export const createFaultScript = (faults: readonly Fault[], random: Random): FaultScript => {
  const entries: Entry[] = faults.map((fault) => ({ fault, seen: 0, hits: 0 }));

  const isHit = (entry: Entry): boolean => {
    const { probability = 1, times = Number.POSITIVE_INFINITY, skip = 0 } = entry.fault;
    entry.seen += 1;
    if (entry.seen <= skip || entry.hits >= times) return false;
    return probability >= 1 || random.next() < probability;
  };

  const next: FaultScript['next'] = (endpoint, account) => {
    const hit: Fault[] = [];
    for (const entry of entries) {
      const { fault } = entry;
      if (!matches(fault, endpoint, account)) continue;
      const taken = fault.kind !== 'latency' && hit.some(({ kind }) => kind !== 'latency');
      if (taken || !isHit(entry)) continue;
      entry.hits += 1;
      hit.push(fault);
    }
    return hit;
  };
  return { next, hits: () => entries.map(({ fault, hits }) => ({ fault, hits })) };
};
