/** npm passes Ctrl-C on to a command that has had it from the terminal already. */
const sameInterruptionMs = 1_000;

export interface Interruptions {
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Lets Ctrl-C do again what it always does. */
  end(): void;
}

/**
 * The first Ctrl-C ends the work, so that what was deployed is destroyed; a second one ends all.
 * @param message is shown at the first.
 */
export const twoInterruptions = (message: string): Interruptions => {
  const controller = new AbortController();
  let firstAtMs = Number.POSITIVE_INFINITY;
  const interrupt = () => {
    const nowMs = performance.now();
    if (nowMs - firstAtMs > sameInterruptionMs) process.exit(130);
    if (firstAtMs !== Number.POSITIVE_INFINITY) return;
    firstAtMs = nowMs;
    process.stderr.write(`${message}\n`);
    controller.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    end: () => process.off('SIGINT', interrupt).off('SIGTERM', interrupt),
  };
};
