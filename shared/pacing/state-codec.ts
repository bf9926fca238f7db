/**
 * The ledger as one short string: numbers in base 36, instants relative to `nextMs`. Within one
 * kilobyte as a rule, which is one write unit of DynamoDB.
 */
import type { Ledger } from './ledger.ts';
import type { Run } from './reservations.ts';

/** Raised with every change of the form, so that no older reader takes it for its own. */
const form = '1';
const fieldCount = 11;

const text = (value: number): string => value.toString(36);

const number = (field: string | undefined): number => {
  const value = Number.parseInt(field ?? '', 36);
  if (Number.isNaN(value)) throw new Error('the state of a quota ledger is not readable');
  return value;
};

const encodeRun = (run: Run, { nextMs, lastId }: Ledger): string => {
  const sequence = [run.expiresMs - nextMs, run.count, run.stepMs].map(text);
  return [...sequence, ...(run.id === undefined ? [] : [text(lastId - run.id)])].join(',');
};

const decodeRun = (encoded: string, nextMs: number, lastId: number): Run => {
  const [expires, count, step, id] = encoded.split(',');
  const sequence = {
    expiresMs: number(expires) + nextMs,
    count: number(count),
    stepMs: number(step),
  };
  return id === undefined ? sequence : { id: lastId - number(id), ...sequence };
};

export const encodeLedger = (ledger: Ledger): string => {
  const { nextMs, strangers } = ledger;
  const instants = [ledger.heldUntilMs, ledger.freshTailMs, ledger.returningTailMs];
  return [
    form,
    ...[nextMs, ledger.lastId, ...instants.map((instant) => instant - nextMs)].map(text),
    ...[strangers.level, strangers.atMs - nextMs, ledger.notedMs - nextMs].map(text),
    text(ledger.tailSteady),
    ledger.runs.map((run) => encodeRun(run, ledger)).join(';'),
  ].join('|');
};

/** @throws Error when the string is of another form, or damaged. */
export const decodeLedger = (encoded: string): Ledger => {
  const fields = encoded.split('|');
  const [kind, next, last, held, fresh, returning, level, met, noted, steady, runs] = fields;
  if (kind !== form || fields.length !== fieldCount)
    throw new Error('the state of a quota ledger has an unknown form');
  const nextMs = number(next);
  const lastId = number(last);
  const instant = (field: string | undefined) => number(field) + nextMs;
  return {
    nextMs,
    lastId,
    heldUntilMs: instant(held),
    freshTailMs: instant(fresh),
    returningTailMs: instant(returning),
    tailSteady: number(steady),
    strangers: { level: number(level), atMs: instant(met) },
    notedMs: instant(noted),
    runs: runs ? runs.split(';').map((run) => decodeRun(run, nextMs, lastId)) : [],
  };
};
