/** Stage `local` is what `npm start` runs on this machine: the command line finds it by itself. */
import { readFileSync } from 'node:fs';
import {
  type LocalHost,
  localHost,
  localHostFile,
} from '../../shared/platform/contract/local-host.ts';
import { CommandFailure } from './failure.ts';

/** What a host has written down; undefined where there is nothing of this version. */
export const readLocalHost = (file = localHostFile): LocalHost | undefined => {
  try {
    return localHost.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
};

const isRunning = ({ processId }: LocalHost): boolean => {
  try {
    return process.kill(processId, 0); // signal 0 only asks
  } catch {
    return false; // it was killed, and could not tidy up
  }
};

/**
 * The host of stage `local`; none for other stages, nor where AWS_ENDPOINT_URL names another one.
 * @throws CommandFailure when none runs.
 */
export const findLocalHost = (stage: string, file = localHostFile): LocalHost | undefined => {
  if (stage !== 'local' || process.env.AWS_ENDPOINT_URL !== undefined) return undefined;
  const found = readLocalHost(file);
  if (found !== undefined && isRunning(found)) return found;
  throw new CommandFailure(
    'stage local is what `npm start` runs on this machine: start it, and use this command in the same folder',
  );
};

/** Makes the SDK's clients that follow talk to the host, whatever profile this shell works with. */
export const useLocalHost = ({ environment }: LocalHost): void => {
  delete process.env.AWS_PROFILE;
  Object.assign(process.env, environment);
};
