/** The jobs of a file, whichever of the two forms it has. */
import { CommandFailure } from '../failure.ts';
import type { Entry } from './entry.ts';
import { jsonArray } from './json-array.ts';
import { jsonLines } from './json-lines.ts';

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const openBracket = '['.charCodeAt(0);
const blanks = new Set([...' \t\r\n'].map((blank) => blank.charCodeAt(0)));

/** @throws CommandFailure for what other programs save by default, and no text is. */
const requireText = (head: Buffer): void => {
  const start = head.readUInt16BE(0);
  if (start === 0xfffe || start === 0xfeff)
    throw new CommandFailure('the file is UTF-16: save it as UTF-8');
  if (start === 0x1f8b) throw new CommandFailure('the file is compressed: unpack it first');
};

async function* rest(first: Buffer, following: AsyncIterator<Buffer>) {
  yield first;
  for (let next = await following.next(); !next.done; next = await following.next())
    yield next.value;
}

const linesIn = (bytes: Buffer): number => bytes.toString('latin1').split('\n').length - 1;

/**
 * The entries of a JSON array, or of JSON Lines: whatever does not begin with a bracket.
 * @throws CommandFailure when it is no text.
 */
export async function* readEntries(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Entry, void, void> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (let index = 0; ; ) {
    const next = await iterator.next();
    if (!next.done) head = Buffer.concat([head, next.value]);
    if (head.length >= 2) requireText(head);
    if (head.subarray(0, 3).equals(byteOrderMark)) head = head.subarray(3);
    while (index < head.length && blanks.has(head[index] as number)) index += 1;
    if (index < head.length && head[index] === openBracket) {
      yield* jsonArray(
        rest(head.subarray(index + 1), iterator),
        1 + linesIn(head.subarray(0, index)),
      );
      return;
    }
    if (index < head.length || next.done) break;
  }
  yield* jsonLines(rest(head, iterator));
}
