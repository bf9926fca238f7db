/** Backpressure: nothing is added to a queue that its reader has left standing. */

/** Messages on `inbound` from which on scans wait for the reader. */
const mostMessages = 100_000;
/** How long a count is believed: a scan adds some ten thousand messages in that time at most. */
const believedForMs = 5_000;

export interface InboundRoomOptions {
  /** About how many messages wait on the queue. */
  readonly countMessages: () => Promise<number>;
  /** @default 100,000 */
  readonly most?: number;
  /** @default the system's clock */
  readonly now?: () => number;
}

/** Resolves to whether there is room on `inbound`. */
export const createInboundRoom = ({
  countMessages,
  most = mostMessages,
  now = Date.now,
}: InboundRoomOptions): (() => Promise<boolean>) => {
  let count: Promise<number> = Promise.resolve(0);
  let countedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (now() - countedAtMs >= believedForMs) {
      countedAtMs = now();
      count = countMessages();
    }
    return (await count) < most;
  };
};
