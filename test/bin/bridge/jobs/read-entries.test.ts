import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, maxEntryBytes } from '../../../../bin/bridge/jobs/entry.ts';
import { readEntries } from '../../../../bin/bridge/jobs/read-entries.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]) {
  let start = 0;
  for (let index = 0; start < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

const read = async (content: string | Buffer, sizes: readonly number[] = [1 << 20]) => {
  const entries: Entry[] = [];
  for await (const entry of readEntries(chunksOf(Buffer.from(content), sizes))) entries.push(entry);
  return entries;
};

const texts = (entries: readonly Entry[]) =>
  entries.map((entry) => ('text' in entry ? entry.text : entry.problem));

test('JSON Lines come line by line, blank lines passed over, whatever the line ends are', async () => {
  expect(await read('{"a":1}\r\n\r\n  \n{"b":2}\n{"c":3}')).toEqual([
    { line: 1, text: '{"a":1}' },
    { line: 4, text: '{"b":2}' },
    { line: 5, text: '{"c":3}' },
  ]);
});

test('an array comes element by element, each at the line on which it begins', async () => {
  expect(await read('\n [\n{"a":\n1},\n\n{"b":"],[{"}, 3 ]\n')).toEqual([
    { line: 3, text: '{"a":\n1}' },
    { line: 6, text: '{"b":"],[{"}' },
    { line: 6, text: '3' },
  ]);
});

test('both forms give the same jobs however the bytes come', async () => {
  const jobs = fc.array(fc.jsonValue(), { minLength: 1, maxLength: 8 });
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(jobs, sizes, fc.boolean(), async (values, chunks, indented) => {
      const array = await read(JSON.stringify(values, null, indented ? 2 : 0), chunks);
      expect(texts(array).map((text) => JSON.parse(text))).toEqual(
        JSON.parse(JSON.stringify(values)),
      );
      const objects = values.map((value) => JSON.stringify({ value }));
      expect(texts(await read(objects.join('\n'), chunks))).toEqual(objects);
    }),
    { numRuns: 200 },
  );
});

test('an empty array and an empty file hold nothing', async () => {
  expect(await read('[ \n ]')).toEqual([]);
  expect(await read('')).toEqual([]);
  expect(await read('\n\n')).toEqual([]);
});

test('what is wrong with an array is told with its line', async () => {
  expect(await read('[1,\n,2]')).toContainEqual({
    line: 2,
    problem: 'is an empty place in the array',
  });
  expect(await read('[1,\n]')).toContainEqual({
    line: 2,
    problem: 'is an empty place in the array',
  });
  expect(await read('[1]\n{}')).toContainEqual({
    line: 2,
    problem: 'is text behind the end of the array',
  });
  expect(await read('[1,\n2')).toContainEqual({
    line: 2,
    problem: 'is the end of the file, and the array is not closed',
  });
});

test('a byte order mark is passed over', async () => {
  expect(await read('\ufeff{"a":1}', [1])).toEqual([{ line: 1, text: '{"a":1}' }]);
  expect(await read('\ufeff[1]')).toEqual([{ line: 1, text: '1' }]);
});

test('a line that is not UTF-8 is broken, and its neighbours are not', async () => {
  const bytes = Buffer.concat([
    Buffer.from('{"a":1}\n{"b":"'),
    Buffer.from([0xe9]),
    Buffer.from('"}\n3'),
  ]);
  expect(await read(bytes)).toEqual([
    { line: 1, text: '{"a":1}' },
    { line: 2, problem: 'is not UTF-8 text' },
    { line: 3, text: '3' },
  ]);
});

test('a line beyond all measure is broken, and not held in memory', async () => {
  const huge = `1\n"${'x'.repeat(2 * maxEntryBytes)}"\n2`;
  expect(await read(huge, [65_536])).toEqual([
    { line: 1, text: '1' },
    { line: 2, problem: 'is longer than any message may be' },
    { line: 3, text: '2' },
  ]);
});

test('a file that is no UTF-8 text at all is refused with what to do', async () => {
  await expect(read(Buffer.from('\ufeff{}', 'utf16le'))).rejects.toThrow('save it as UTF-8');
  await expect(read(Buffer.from([0x1f, 0x8b, 8, 0]))).rejects.toThrow('unpack it first');
});
