/** Gives a run of tests a temporary folder of its own, and removes it with all that was left in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

export const setup = (): void => {
  folder = mkdtempSync(join(tmpdir(), 'klaviyo-bridge-tests-'));
  process.env.TMPDIR = folder;
};

export const teardown = (): void => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
};
