/** A progress bar on standard error, where that is a terminal. */
import cliProgress from 'cli-progress';
import { shownNumber } from './counted.ts';

export interface ProgressBar {
  add(count: number): void;
}

export interface ProgressSize {
  readonly total: number;
  /** What is counted, such as `jobs`. */
  readonly unit: string;
  /** How many of what is added are one of the unit. @default 1 */
  readonly perUnit?: number;
}

/** Shows how far the work is, for as long as it goes on. */
export const withProgressBar = async <T>(
  label: string,
  { total, unit, perUnit = 1 }: ProgressSize,
  work: (bar: ProgressBar) => Promise<T>,
): Promise<T> => {
  if (!process.stderr.isTTY || total === 0) return work({ add: () => {} });
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: `${label} {bar} {percentage} % · {value} of {total} ${unit} · {eta_formatted} left`,
    formatValue: (value, _, type) =>
      type === 'value' || type === 'total' ? shownNumber(Math.ceil(value / perUnit)) : `${value}`,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false, // Ctrl-C ends the work in order, and that ends the bar
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  });
  bar.start(total, 0);
  try {
    return await work({ add: (count) => bar.increment(count) });
  } finally {
    bar.stop();
  }
};
