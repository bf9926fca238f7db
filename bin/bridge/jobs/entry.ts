/** One job of a file, or what is wrong with its place there. */
export type Entry =
  | { readonly line: number; readonly text: string }
  | { readonly line: number; readonly problem: string };

/** Much more than a message may have: a line beyond it is not even gathered. */
export const maxEntryBytes = 2 * 1_048_576;

/** The bytes between two ends, gathered from chunk to chunk. */
export interface Gathering {
  add(bytes: Buffer): void;
  /** What was gathered, and a fresh start. */
  take(): Buffer | 'too long';
}

export const createGathering = (): Gathering => {
  let parts: Buffer[] = [];
  let size = 0;
  return {
    add(bytes) {
      size += bytes.length;
      if (size <= maxEntryBytes) parts.push(bytes);
      else parts = [];
    },
    take() {
      const taken = size > maxEntryBytes ? 'too long' : Buffer.concat(parts);
      parts = [];
      size = 0;
      return taken;
    },
  };
};
