import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { describeIssues } from '../../../bin/bridge/jobs/describe-issues.ts';
import { plainWords } from '../../../bin/bridge/plain-words.ts';
import { settings } from '../control/shapes/settings-shapes.ts';

/** What keeps the simulator from starting, in one line. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new StartFailure(`${path} cannot be read`);
  }
};

const jsonOf = (path: string): unknown => {
  const text = textOf(path);
  try {
    return JSON.parse(text);
  } catch {
    throw new StartFailure(`${path} is not JSON`);
  }
};

/** The file of settings. @throws StartFailure */
export const readSettings = (path: string): z.output<typeof settings> => {
  const parsed = settings.safeParse(jsonOf(path), { error: plainWords });
  if (parsed.success) return parsed.data;
  const problems = describeIssues(parsed.error.issues).replaceAll('the job:', 'the file:');
  throw new StartFailure(`${path}: ${problems}`);
};
