import { describe, expect, test } from 'vitest';
import { checkJob, stampBytes } from '../../../../bin/bridge/jobs/check-job.ts';
import { withOccurredAt } from '../../../../bin/bridge/jobs/with-occurred-at.ts';
import { maxJobBytes } from '../../../../shared/jobs/contract/messages.ts';

const upsert = (customer: object, more: object = {}) =>
  JSON.stringify({ type: 'customer.upsert', connectionId: 'acme', customer, ...more });

const problemOf = (text: string): string => {
  const checked = checkJob(text);
  return 'problem' in checked ? checked.problem : 'none';
};

test('a job is routed by its type, with its own text as the body', () => {
  const text = ` ${upsert({ customerId: '1' })} `.trim();
  expect(checkJob(text)).toMatchObject({
    queue: 'customers',
    type: 'customer.upsert',
    connectionId: 'acme',
    body: text,
  });
  const list = {
    type: 'list.add',
    connectionId: 'acme',
    list: { id: 'L' },
    person: { email: 'a@b.co' },
  };
  expect(checkJob(JSON.stringify(list))).toMatchObject({ queue: 'lists' });
});

describe('what is wrong is told by field', () => {
  test.each([
    ['{"type":', 'is not JSON'],
    ['{"type": x}', 'is not JSON'],
    ['{}', 'type: must be one of customer.upsert, list.add'],
    ['null', 'is no JSON object'],
    ['[{"type":"customer.upsert"}]', 'is no JSON object'],
    ['{', 'begins a job of several lines: write each job on one, or all of them as one JSON array'],
    [upsert({ customerId: '1', emial: 'a' }), 'customer.emial: there is no such field'],
    [upsert({}), 'customer.customerId: is missing'],
    [upsert({ customerId: '1', email: 'nobody' }), 'customer.email: must be an e-mail address'],
    [
      upsert({ customerId: '1' }, { occurredAt: '2026-01-31' }),
      'occurredAt: must be a time with its offset, such as 2026-01-31T12:00:00Z',
    ],
    [upsert({ customerId: 17 }), 'customer.customerId: must be text, not a number'],
    [upsert({ customerId: '' }), 'customer.customerId: must not be empty'],
    [
      upsert({ customerId: '1', firstName: 'x'.repeat(10_001) }),
      'customer.firstName: must have at most 10,000 characters',
    ],
    [
      upsert({ customerId: '1', location: 'Rome' }),
      'customer.location: must be an object, not text',
    ],
    [
      upsert({ customerId: '1' }, { subscribe: 'yes' }),
      'subscribe: must be true or false, not text',
    ],
    [
      upsert({ customerId: '1' }, { lists: { join: 'L' } }),
      'lists.join: must be an array, not text',
    ],
    [upsert({ customerId: '1' }, { lists: { join: [{}] } }), 'lists.join.0: needs id or name'],
    [
      upsert({ customerId: '1' }, { lists: { join: [{ nmae: 'x' }] } }),
      'lists.join.0.nmae: there is no such field; lists.join.0: needs id or name',
    ],
    [
      upsert({ customerId: '1' }, { lists: { join: [{ id: 'L', name: 'x' }] } }),
      'lists.join.0: takes id or name, not both',
    ],
    [
      '{"type":"list.subscribe","connectionId":"a","person":{"email":"a@b.co"},"channels":["fax"]}',
      'channels.0: must be one of email, sms',
    ],
    [
      upsert({ customerId: '1' }, { lists: { join: [{ id: 'L', nmae: 'x' }] } }),
      'lists.join.0.nmae: there is no such field',
    ],
    [
      upsert(
        { customerId: '1' },
        { lists: { join: Array.from({ length: 101 }, () => ({ id: 'L' })) } },
      ),
      'lists.join: must have at most 100 elements',
    ],
    [
      upsert({ customerId: '1' }).replace(
        '"1"',
        '"1","properties":{"loyaltyCard":6335150012345678901}',
      ),
      'customer.properties.loyaltyCard: is a number that does not keep its digits: send it as text',
    ],
    [
      upsert({ customerId: '1' }).replace('"1"', '"1","customerId":"2"'),
      'customer.customerId: is there twice',
    ],
    [
      upsert({ customerId: '1' }).replace('"1"', '"1","properties":{"__proto__":1}'),
      'customer.properties.__proto__: no field may be called this',
    ],
    [
      '{"type":"list.add","connectionId":"a b","list":{"id":"L"},"person":{}}',
      'connectionId: must be 1 to 64 characters of A-Z, a-z, 0-9, _ or -; person: needs one of profileId, customerId, email or phoneNumber',
    ],
  ])('%s', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});

test('what is nested thousands of levels deep is told of as such', () => {
  const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const text = upsert({ customerId: '1' }).replace('"1"', `"1","properties":{"a":${nested}}`);
  expect(problemOf(text)).toContain('the job: is nested too deeply');
});

test('nothing of the values is in what is told', () => {
  const canary = 'canary@@example.com';
  expect(problemOf(upsert({ customerId: '1', email: canary, phoneNumber: canary }))).not.toContain(
    'canary',
  );
  expect(problemOf(`{"email": "${canary}" "x"}`)).not.toContain('canary');
  expect(problemOf(`{"email": ${canary}}`)).not.toContain('canary');
});

test('the many faults of one line are cut short', () => {
  const faults = Object.fromEntries([...'abcde'].map((name) => [name, 1]));
  expect(problemOf(upsert({ customerId: '1', ...faults }))).toMatch(/; and 2 more$/);
});

test('the jobs that the bridge sends itself are not for others to send', () => {
  expect(problemOf('{"type":"event.confirm"}')).toContain('type: must be one of');
  expect(problemOf('{"type":"customer.changed"}')).toContain('type: must be one of');
});

test('a job has to fit into a message, together with the time it may be given', () => {
  const sized = (bytes: number, more: object = {}) => {
    const empty = upsert({ customerId: '1', properties: { x: '' } }, more);
    return empty.replace('"x":""', `"x":"${'é'.repeat(Math.floor((bytes - empty.length) / 2))}"`);
  };
  const occurredAt = '2026-01-01T00:00:00.000Z';
  expect(problemOf(sized(maxJobBytes, { occurredAt }))).toBe('none');
  expect(problemOf(sized(maxJobBytes + 2, { occurredAt }))).toContain(
    'larger than 1 MiB less 1,024 bytes',
  );
  expect(problemOf(sized(maxJobBytes))).toContain('larger than 1 MiB');
  const fits = sized(maxJobBytes - stampBytes);
  expect(problemOf(fits)).toBe('none');
  expect(Buffer.byteLength(withOccurredAt(fits, 0))).toBeLessThanOrEqual(maxJobBytes);
});

describe('text that is broken is found before it is sent, by its field', () => {
  const problem = (field: string) =>
    `${field}: holds U+FFFE, U+FFFF or half of a character: SQS does not take that`;
  const escaped = (text: string) => upsert({ customerId: '1', firstName: 'X' }).replace('X', text);

  test.each(['a\uffffb', 'a\\uffffb', '\\uFFFE', '\\ud83d', '\\ude00\\ud83d'])('%j', (text) => {
    expect(problemOf(escaped(text))).toBe(problem('customer.firstName'));
  });

  test('in a list, and in a name', () => {
    const properties = { a: ['b', { c: 'd\ufffe' }] };
    expect(problemOf(upsert({ customerId: '1', properties }))).toBe(
      problem('customer.properties.a.1.c'),
    );
    expect(problemOf(upsert({ customerId: '1', properties: { '\uffff': 1 } }))).toBe(
      problem('customer.properties.\uffff'),
    );
  });

  test.each(['\\ud83d\\ude00', '👋', '\\ufffd', '\\u0000', '\\\\uffff'])(
    'and not in %j',
    (text) => {
      expect(problemOf(escaped(text))).toBe('none');
    },
  );
});
