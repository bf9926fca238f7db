import { type ApiProblem, invalidProblem } from './api-error.ts';
import type { WireEvent } from './operations/event-body.ts';
import { parseInstant } from './timestamps.ts';

const maxStringBytes = 100_000;
const maxItems = 4000;
const maxDepth = 10;

/** Says what is too large in the properties of an event, or nothing. */
const excess = (value: unknown, depth: number): string | undefined => {
  if (typeof value === 'string') {
    return Buffer.byteLength(value) > maxStringBytes ? 'a string over 100 KB' : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > maxDepth) return `more than ${maxDepth} levels`;
  const items: unknown[] = Object.values(value);
  if (Array.isArray(value) && items.length > maxItems) return `an array over ${maxItems} items`;
  for (const item of items) {
    const found = excess(item, depth + 1);
    if (found) return found;
  }
  return undefined;
};

const timeProblem = (time: string, served: string, nowMs: number): string | undefined => {
  const atMs = parseInstant(time);
  if (atMs === undefined) return 'Invalid datetime.';
  const floor = served >= '2026-07-15' ? '1990-01-01T00:00:00Z' : '2000-01-01T00:00:00Z';
  if (atMs < Date.parse(floor)) return `'time' must be after ${floor}.`;
  const yearMs = 366 * 24 * 3600 * 1000;
  return atMs > nowMs + yearMs ? "'time' must not be more than a year ahead." : undefined;
};

/** What is wrong with an event at `pointer`, beyond its shape. */
export const eventProblems = (
  { properties, time }: WireEvent,
  pointer: string,
  { served, nowMs }: { served: string; nowMs: number },
): ApiProblem[] => {
  const maxProperties = served >= '2025-04-15' ? 400 : 300;
  const count = Object.keys(properties).length;
  const tooMany = count > maxProperties ? `more than ${maxProperties} properties` : undefined;
  const tooLarge = tooMany ?? excess(properties, 0);
  const badTime = typeof time === 'string' ? timeProblem(time, served, nowMs) : undefined;
  return [
    ...(badTime ? [invalidProblem(badTime, { pointer: `${pointer}/time` })] : []),
    ...(tooLarge
      ? [
          invalidProblem(`Event properties hold ${tooLarge}.`, {
            pointer: `${pointer}/properties`,
          }),
        ]
      : []),
  ];
};
