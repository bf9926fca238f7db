/** A progress bar on standard error, where that is a terminal. */
import cliProgress from 'cli-progress';

export interface ProgressBar extends Disposable {
  add(count: number): void;
}

export const startProgressBar = (label: string, total: number, unit: string): ProgressBar => {
  if (!process.stderr.isTTY || total === 0) return { add: () => {}, [Symbol.dispose]: () => {} };
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: `${label} {bar} {percentage} % · {value} of {total} ${unit} · {eta_formatted} left`,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false, // Ctrl-C ends the work in order, and that ends the bar
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  bar.start(total, 0);
  return { add: (count) => bar.increment(count), [Symbol.dispose]: () => bar.stop() };
};
