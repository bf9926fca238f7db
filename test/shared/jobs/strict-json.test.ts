import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictly } from '../../../shared/jobs/strict-json.ts';
import { pointerTo } from '../../../shared/platform/json-pointer.ts';

const faultsOf = (text: string) =>
  parseStrictly(text).faults.map(({ code, path }) => `${code} ${pointerTo(path)}`);

describe('a number that reading changes is found', () => {
  test.each([
    '9007199254740992',
    '-9007199254740993',
    '6335150012345678901',
    '6335150012345678900',
    '9007199254740993.0',
    '1234567890123456789e3',
    '1e400',
    '-1e400',
    '1e-400',
    `0.${'0'.repeat(400)}1`,
  ])('%s', (written) => {
    expect(faultsOf(`{"a":[0,{"b c":${written}}]}`)).toEqual(['lost_number /a/1/b c']);
    expect(faultsOf(written)).toEqual(['lost_number ']);
  });

  test.each([
    '0',
    '-0',
    '0.0',
    '0e-5',
    '9007199254740991',
    '-9007199254740991',
    '12.50',
    '3.3333333333333333333333333333',
    '1e20',
    '1.5E+300',
    '5e-324',
    '1E-7',
  ])('and %s is none', (written) => {
    expect(faultsOf(`{"a":[0,{"b":${written}}]}`)).toEqual([]);
  });
});

describe('of two members of one name, the second is found', () => {
  test.each([
    ['{"a":1,"a":2}', ['duplicate_key /a']],
    ['{"a":1, "\\u0061" : 2}', ['duplicate_key /a']],
    ['{"a":{"b":1,"b":1},"b":{"b":2}}', ['duplicate_key /a/b']],
    ['[{"a":1},{"a":1,"b":[{"a/~":[],"a/~":[]}]}]', ['duplicate_key /1/b/0/a~1~0']],
    ['{"a":1,"a":2,"a":3}', ['duplicate_key /a', 'duplicate_key /a']],
    ['{"a":{"b":1},"a":{"c":1}}', ['duplicate_key /a']],
    ['{"":1,"":2}', ['duplicate_key /']],
  ])('%s', (text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  test.each([
    '{"a":"\\"a\\":1","b":": ","c\\":":[":", "a\\\\"]}',
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '{"constructor":1,"toString":2,"hasOwnProperty":3}',
  ])('and none in %s', (text) => {
    expect(faultsOf(text)).toEqual([]);
  });
});

test('a member called __proto__ is found, however it is written', () => {
  expect(faultsOf('{"a":{"__proto__":{"b":1}}}')).toEqual(['unsafe_key /a/__proto__']);
  expect(faultsOf('{"\\u005f_proto__":1}')).toEqual(['unsafe_key /__proto__']);
  expect(faultsOf('{"a":"__proto__"}')).toEqual([]);
});

test('the value is what JSON.parse makes of it, and what is no JSON is none', () => {
  const text = '{"a":[1,{"b":null}],"c":"\\u00e9"}';
  expect(parseStrictly(text).value).toEqual(JSON.parse(text));
  expect(() => parseStrictly('{"a":')).toThrow(SyntaxError);
});

test('a text with many faults, and one nested deeply, are read to an end', () => {
  const many = `{${Array.from({ length: 100_000 }, () => '"a":1').join()}}`;
  expect(parseStrictly(many).faults).toHaveLength(10);
  const deep = `${'['.repeat(100_000)}1e400${']'.repeat(100_000)}`;
  expect(parseStrictly(deep).faults[0]?.path).toHaveLength(100_000);
});

/** The leaves of a value that could be another one after JSON; keys that cannot. */
const isPlain = (text: string): boolean => !/__proto__|\d{16}/.test(text);

test('nothing is found in what JSON.stringify writes, whatever blanks stand in it', () => {
  fc.assert(
    fc.property(
      fc.jsonValue().filter((value) => isPlain(JSON.stringify(value))),
      fc.constantFrom(undefined, 1, '\t', '\n \r'),
      (value, blanks) => {
        const text = JSON.stringify(value, undefined, blanks);
        expect(parseStrictly(text)).toEqual({ value: JSON.parse(text), faults: [] });
      },
    ),
    { numRuns: 500 },
  );
});

test('a fault is found at its place, wherever it stands', () => {
  const mark = '"fault goes here"';
  const faults = {
    lost_number: '12345678901234567890',
    duplicate_key: '{"x":1,"y":2,"x":1}',
    unsafe_key: '{"__proto__":1}',
  } as const;
  const within = { lost_number: [], duplicate_key: ['x'], unsafe_key: ['__proto__'] } as const;
  const step = fc
    .oneof(fc.string({ unit: 'grapheme' }), fc.nat(3))
    .filter((one) => one !== '__proto__');
  const around = fc.jsonValue().filter((value) => isPlain(JSON.stringify(value)));
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 5 }),
      fc.constantFrom('lost_number', 'duplicate_key', 'unsafe_key'),
      around,
      (path, code, beside) => {
        const value = path.reduceRight<unknown>(
          (inner, at) =>
            typeof at === 'number'
              ? [...Array.from({ length: at }, () => beside), inner, beside]
              : Object.fromEntries([
                  [`${at}|`, beside],
                  [at, inner],
                ]),
          'fault goes here',
        );
        const text = JSON.stringify(value).replace(mark, faults[code]);
        expect(parseStrictly(text).faults).toEqual([{ code, path: [...path, ...within[code]] }]);
      },
    ),
    { numRuns: 500 },
  );
});
