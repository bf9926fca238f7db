/** The cost tables of docs/deploying.md, computed again from the prices and figures that they state. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stageNamed } from '../../lib/stages.ts';
import { tiers } from '../../shared/klaviyo/tiers.ts';
import { resourcesOf, templatesOf } from '../support/stage-templates.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/deploying.md'), 'utf8');

/** The rows of the table under a heading, without its head. */
const tableUnder = (heading: string): string[][] => {
  const [, section = ''] = page.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section) ?? [];
  const rows = table.trim().split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
};

const numbersIn = (text = ''): number[] =>
  (text.match(/\d[\d,]*(?:\.\d+)?/g) ?? []).map((number) => Number(number.replaceAll(',', '')));

const dollars = (amount: number): string => `$${(amount + 1e-9).toFixed(2)}`;

/** As it is shown, so that a row adds up. */
const cents = (amount: number): number => Number(dollars(amount).slice(1));

const perMillion = new Map(
  tableUnder('What it costs').map(([what = '', price]) => [
    what.split(',', 1)[0],
    numbersIn(price),
  ]),
);
const priceOf = (name: string, index = 0): number => perMillion.get(name)?.[index] ?? Number.NaN;
const write = priceOf('DynamoDB write');
const read = priceOf('DynamoDB read');
const sqsRequest = priceOf('SQS request');
const millionGbSeconds = priceOf('Lambda') * 1e6;
const invocation = priceOf('Lambda', 1);

const { bridge } = templatesOf('prod');
const functions = Object.values(resourcesOf(bridge, 'AWS::Lambda::Function'));
const memoryGbOf = (name: string): number => {
  const { Properties } =
    functions.find((one) => one.Properties.Description.endsWith(`: ${name}`)) ?? {};
  return (Properties?.MemorySize ?? Number.NaN) / 1_024;
};
const instances = stageNamed('prod').maxConcurrency;

/** Seconds per job of all instances, where Klaviyo's limit sets how long they run. */
const paced = (callsPerMinute: number, atOnce = instances, jobsPerCall = 1): number =>
  (atOnce * 60) / callsPerMinute / jobsPerCall;

/** And where it was measured how long 300 jobs take. */
const measured = (seconds: number): number => (instances * seconds) / 300;

const gbSeconds: Readonly<Record<string, number>> = {
  'customer, new': paced(tiers.L.steady) * memoryGbOf('customers'),
  'customer, changed': paced(tiers.L.steady) * memoryGbOf('customers'),
  'customer, not changed': measured(0.9) * memoryGbOf('customers'),
  'list add': measured(2.1) * memoryGbOf('lists'),
  'list subscribe': measured(1.8) * memoryGbOf('lists'),
  'event in a call of its own': paced(tiers.XL.steady) * memoryGbOf('events'),
  'profile published to `inbound`': paced(tiers.M.steady, 1, 100) * memoryGbOf('poll'),
};

describe('per million jobs', () => {
  const rows = tableUnder('Per million jobs');

  it('has a row for each kind of job that is counted here', () => {
    expect(rows.map(([kind]) => kind)).toEqual(Object.keys(gbSeconds));
  });

  it.each(rows)('%s costs what its figures make', (kind = '', writes, reads, ...shown) => {
    const [written = Number.NaN] = numbersIn(writes);
    const items = numbersIn(reads).map((count) => written * write + count * read);
    const others = [0.3 * sqsRequest, (gbSeconds[kind] ?? Number.NaN) * millionGbSeconds];
    const sums = items.map((item) => cents(item) + others.map(cents).reduce((a, b) => a + b));
    expect(shown).toEqual([
      items.map(dollars).join(' to '),
      ...others.map(dollars),
      `**${sums.map(dollars).join(' to ')}**`,
    ]);
  });
});

describe('per month', () => {
  const rows = new Map(
    tableUnder('Per month, whether jobs come or not').map(([what = '', arithmetic, price = '']) => [
      what.split(' ', 1)[0],
      { numbers: numbersIn(arithmetic), price },
    ]),
  );
  const row = (name: string) => rows.get(name) ?? { numbers: [], price: '' };
  const minutes = 43_800;

  it('polling three queues costs what its requests cost', () => {
    const { numbers, price } = row('polling');
    expect(numbers.slice(0, 4)).toEqual([3, 5, 3, minutes]);
    expect(price).toBe(dollars((3 * 5 * 3 * minutes * sqsRequest) / 1e6));
  });

  it('the poll and its schedule run once a minute', () => {
    const lambda = minutes * memoryGbOf('poll') * (millionGbSeconds / 1e6);
    expect(row('poll').price).toBe(dollars(lambda + (minutes * invocation) / 1e6));
    expect(row('schedule').price).toBe(dollars((minutes * 1) / 1e6));
  });

  it('alarms are as many as the stack has, each metric of them at its price', () => {
    const alarms = Object.values(resourcesOf(bridge, 'AWS::CloudWatch::Alarm'));
    const metrics = alarms.flatMap(({ Properties }) =>
      (Properties.Metrics ?? [Properties]).filter((one: object) => !('Expression' in one)),
    );
    const { numbers, price } = row('alarms');
    expect(numbers.slice(0, 2)).toEqual([metrics.length, alarms.length]);
    expect(price).toBe(dollars(0.1 * metrics.length));
  });

  it('keys are as many as the stack has', () => {
    const keys = Object.keys(resourcesOf(bridge, 'AWS::KMS::Key')).length;
    expect(row('key').numbers[0]).toBe(keys);
    expect(row('key').price).toBe(dollars(keys));
  });

  it('secrets are one for the app and one for the connection', () => {
    expect(row('secrets').price).toBe(`${dollars(0.4 * 2)} with one connection`);
  });
});
