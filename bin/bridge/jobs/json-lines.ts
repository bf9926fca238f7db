/** JSON Lines, read without holding more than a line. */
import { createGathering, type Entry } from './entry.ts';
import { toEntry } from './to-entry.ts';

const lineFeed = 0x0a;

/** One entry per line; blank lines are passed over. */
export async function* jsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Entry, void, void> {
  const gathering = createGathering();
  let line = 1;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      gathering.add(chunk.subarray(start, end));
      const entry = toEntry(line, gathering.take());
      if (entry !== undefined) yield entry;
      line += 1;
      start = end + 1;
    }
    gathering.add(chunk.subarray(start));
  }
  const last = toEntry(line, gathering.take());
  if (last !== undefined) yield last;
}
