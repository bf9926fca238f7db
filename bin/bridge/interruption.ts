/** After so long a person wonders whether Ctrl-C was heard. */
const patienceMs = 1_000;

/**
 * Runs work that ends in order at the first Ctrl-C; a second one ends the process at once.
 */
export const untilInterrupted = async <T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    controller.abort();
    const tell = () => process.stderr.write('ending in order; Ctrl-C once more ends it at once\n');
    timer = setTimeout(tell, patienceMs);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    clearTimeout(timer);
  }
};
