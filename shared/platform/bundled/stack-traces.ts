/**
 * First in every function's bundle: stack traces name our files and lines, by the source map beside
 * the bundle. `--enable-source-maps` reads the map at each start, which is a tenth of the time to
 * load; here the first trace reads it.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

let map: SourceMap | null | undefined;

const readMap = (): SourceMap | null => {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${import.meta.filename}.map`, 'utf8')));
  } catch {
    return null; // a trace by the bundle's own lines is better than none
  }
};

/** Node numbers from 1, the map from 0. */
const entryAt = (line: number | null, column: number | null) => {
  map ??= readMap();
  const entry = map?.findEntry((line ?? 0) - 1, (column ?? 0) - 1);
  return entry !== undefined && 'originalSource' in entry ? entry : undefined;
};

const describeCall = (call: NodeJS.CallSite): string => {
  if (call.getFileName() !== import.meta.url) return String(call);
  const entry = entryAt(call.getLineNumber(), call.getColumnNumber());
  if (entry === undefined) return String(call);
  const owner = entryAt(call.getEnclosingLineNumber(), call.getEnclosingColumnNumber());
  const { name } = (owner ?? {}) as { name?: string }; // Node's types do not know of it
  const place = `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  return name === undefined ? place : `${name} (${place})`;
};

Error.prepareStackTrace = (error, calls) =>
  [String(error), ...calls.map((call) => `    at ${describeCall(call)}`)].join('\n');
