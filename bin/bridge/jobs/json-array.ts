/** A JSON array, taken apart at its commas without holding more than one element. */
import { createGathering, type Entry } from './entry.ts';
import { toEntry } from './to-entry.ts';

const code = {
  lineFeed: 0x0a,
  quote: 0x22,
  comma: 0x2c,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

const isBlank = (byte: number): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

type Boundary = 'comma' | 'end';

/** Where in the text it is: in a string or not, and how deep in brackets. */
const createPosition = () => {
  let depth = 0;
  let inString = false;
  let escaped = false;
  return (byte: number): Boundary | undefined => {
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === code.backslash) escaped = true;
      else if (byte === code.quote) inString = false;
      return undefined;
    }
    if (byte === code.quote) inString = true;
    else if (byte === code.openBrace || byte === code.openBracket) depth += 1;
    else if (byte === code.comma && depth === 0) return 'comma';
    else if (byte === code.closeBracket && depth === 0) return 'end';
    else if (byte === code.closeBrace || byte === code.closeBracket) depth -= 1;
    return undefined;
  };
};

/** The elements, each at the line on which it begins. `chunks` start behind the opening bracket. */
export async function* jsonArray(
  chunks: AsyncIterable<Buffer>,
  firstLine: number,
): AsyncGenerator<Entry, void, void> {
  const gathering = createGathering();
  const positionAfter = createPosition();
  let line = firstLine;
  let begunAt: number | undefined;
  let ended = false;
  let elements = 0;

  const close = (boundary: Boundary): Entry | undefined => {
    const at = begunAt ?? line;
    const entry = toEntry(at, gathering.take());
    begunAt = undefined;
    elements += 1;
    const isEmptyArray = boundary === 'end' && elements === 1;
    return (
      entry ?? (isEmptyArray ? undefined : { line: at, problem: 'is an empty place in the array' })
    );
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] as number;
      if (ended && !isBlank(byte)) {
        yield { line, problem: 'is text behind the end of the array' };
        return;
      }
      const boundary: Boundary | undefined = ended ? undefined : positionAfter(byte);
      if (boundary !== undefined) {
        gathering.add(chunk.subarray(start, index));
        const entry = close(boundary);
        if (entry !== undefined) yield entry;
        start = index + 1;
        ended = boundary === 'end';
      } else if (begunAt === undefined && !isBlank(byte)) begunAt = line;
      if (byte === code.lineFeed) line += 1;
    }
    if (!ended) gathering.add(chunk.subarray(start));
  }
  if (!ended) yield { line, problem: 'is the end of the file, and the array is not closed' };
}
