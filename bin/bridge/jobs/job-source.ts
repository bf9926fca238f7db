/** Where jobs come from: a file, which is read twice, first to check it and then to send it. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CommandFailure } from '../failure.ts';
import type { Entry } from './entry.ts';
import { readEntries } from './read-entries.ts';

/** A file on disk; what came on standard input is put into one first. */
export interface InputFile {
  /** As a person calls it. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** It will still be there for a second try. */
  readonly isKept: boolean;
}

export interface JobSource {
  readonly file: InputFile;
  /** What beside the file decides about the jobs, such as the mapping of columns. */
  readonly variant: string;
  /** The jobs, from the first one on; `onBytes` is shown every byte on its way. */
  entries(onBytes?: (bytes: Buffer) => void): AsyncGenerator<Entry, void, void>;
  /** What is wrong with a job, in words of the file. @default as it is */
  explain?(problem: string): string;
}

const statOf = async (path: string) => {
  try {
    return await stat(path);
  } catch {
    throw new CommandFailure(`there is no file ${path}`);
  }
};

/** Only this user can read it, and it is gone when the command ends. */
const spoolStandardInput = async (signal: AbortSignal) => {
  const folder = await mkdtemp(join(tmpdir(), 'klaviyo-bridge-'));
  const path = join(folder, 'input');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }), { signal });
  } catch (error) {
    await remove();
    throw signal.aborted ? new CommandFailure('interrupted: nothing was sent') : error;
  }
  const { size } = await stat(path);
  return { file: { name: 'standard input', path, bytes: size, isKept: false }, remove };
};

const fileAt = async (path: string): Promise<InputFile> => {
  const found = await statOf(path);
  if (!found.isFile())
    throw new CommandFailure(`${path} is not a file; for a pipe, give - as the file`);
  return { name: path, path, bytes: found.size, isKept: true };
};

/**
 * Does something with a file.
 * @param path `-` is standard input, read to its end first.
 * @throws CommandFailure when there is no such file.
 */
export const withInput = async (
  path: string,
  signal: AbortSignal,
  work: (file: InputFile) => Promise<void>,
): Promise<void> => {
  if (path !== '-') return work(await fileAt(path));
  const { file, remove } = await spoolStandardInput(signal);
  try {
    await work(file);
  } finally {
    await remove();
  }
};

/** The bytes of a file, each chunk shown to `onBytes`. */
export async function* bytesOf(
  { path, name }: InputFile,
  onBytes: (bytes: Buffer) => void,
): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      onBytes(chunk);
      yield chunk;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    throw new CommandFailure(`${name} may not be read: change its permissions`);
  }
}

/** Jobs as they are: JSON Lines or a JSON array. */
export const jsonSource = (file: InputFile): JobSource => ({
  file,
  variant: 'json',
  entries: (onBytes = () => {}) => readEntries(bytesOf(file, onBytes)),
});
