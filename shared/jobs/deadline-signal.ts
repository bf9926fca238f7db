/** The end of an invocation, as a signal for what is still going on then. */
import { OutOfTimeError } from './outcome.ts';

/** Aborts after so long, with an OutOfTimeError; keeps no process alive. */
export const deadlineSignal = (afterMs: number): AbortSignal => {
  const controller = new AbortController();
  const abort = () => controller.abort(new OutOfTimeError('the function is about to time out'));
  setTimeout(abort, Math.max(0, afterMs)).unref();
  return controller.signal;
};
