/** How far the sending of a file got, kept beside it until all of it is sent. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { counted } from '../counted.ts';
import { CommandFailure } from '../failure.ts';
import type { InputFile } from './job-source.ts';

const stored = z.object({
  stage: z.string(),
  /** Of the file and of how it is read. */
  fingerprint: z.string(),
  /** Entries that are done with, from the first one on: sent, or left out as broken. */
  entriesDone: z.int().min(0),
  jobsSent: z.int().min(0),
});

type Stored = z.output<typeof stored>;

export interface SendingProgress {
  /** Whether a second try can go on where this one ends. */
  readonly isSaved: boolean;
  /** Where an interrupted sending of the same file to the same stage got. */
  readonly start: Pick<Stored, 'entriesDone' | 'jobsSent'>;
  /** Safe at any moment: what is there before is replaced as a whole. */
  save(entriesDone: number, jobsSent: number): Promise<void>;
  /** All is sent. */
  end(): Promise<void>;
}

/** For what cannot be tried again from its middle. */
const unsaved: SendingProgress = {
  isSaved: false,
  start: { entriesDone: 0, jobsSent: 0 },
  save: async () => {},
  end: async () => {},
};

const readStored = async (path: string): Promise<Stored | undefined> => {
  try {
    return stored.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandFailure(`${path} cannot be read: delete it to send the whole file`);
  }
};

/**
 * Where the sending of a file stands. It is saved beside the file, where that can be written to.
 * @throws CommandFailure when an interrupted sending was of another content, or to another stage.
 */
export const openProgress = async (
  file: InputFile,
  sending: Pick<Stored, 'stage' | 'fingerprint'>,
  restart: boolean,
): Promise<SendingProgress> => {
  if (!file.isKept) return unsaved;
  const path = `${file.path}.bridge-progress`;
  const before = restart ? undefined : await readStored(path);
  if (before !== undefined && before.stage !== sending.stage)
    throw new CommandFailure(
      `${file.name} was sent in part to stage ${before.stage} (${counted(before.jobsSent, 'job')}): go on there, or send all of it with --restart`,
    );
  if (before !== undefined && before.fingerprint !== sending.fingerprint)
    throw new CommandFailure(
      `${file.name} has changed since a part of it was sent (${counted(before.jobsSent, 'job')}): restore it to go on, or send all of it with --restart (sending a job twice does no harm)`,
    );
  const start = before ?? unsaved.start;
  const next = `${path}.${randomUUID()}`; // two commands may send one file at once
  const save = async (entriesDone: number, jobsSent: number) => {
    const text = JSON.stringify({ ...sending, entriesDone, jobsSent } satisfies Stored);
    await writeFile(next, text);
    await rename(next, path);
  };
  try {
    await save(start.entriesDone, start.jobsSent);
  } catch {
    return { ...unsaved, start }; // a folder that takes no file, such as a mounted one
  }
  return { isSaved: true, start, save, end: () => rm(path, { force: true }) };
};
