/** Work that ends in time, whatever the other side does. */

/**
 * Does the work until the time is over or the caller's signal aborts. It ends then even where the
 * work has not heard of it; `stop` is for the work to let go of what it holds.
 */
export const withDeadline = async <T>(
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  work: (stop: AbortSignal) => Promise<T>,
): Promise<T> => {
  // Its own timer and listener hold it: signals that are made of others can be collected.
  const controller = new AbortController();
  const overdue = () => controller.abort(new DOMException('no answer in time', 'TimeoutError'));
  const timer = setTimeout(overdue, timeoutMs);
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  const stop = controller.signal;
  const stopped = new Promise<never>((_, reject) => {
    const end = () => reject(stop.reason);
    if (stop.aborted) end();
    else stop.addEventListener('abort', end, { once: true });
  });
  try {
    return await Promise.race([work(stop), stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
};
