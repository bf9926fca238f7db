/** Garbage collections at short intervals, as a busy function has them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyMs = 250;

/** Collects again and again until it is disposed of. */
export const forceCollection = (): Disposable => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const timer = setInterval(collect, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
};
