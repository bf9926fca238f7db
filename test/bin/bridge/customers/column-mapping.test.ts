import { describe, expect, test } from 'vitest';
import { mapColumns } from '../../../../bin/bridge/customers/column-mapping.ts';

const map = (columns: string[], fields: Record<string, string> = {}, properties = false) =>
  mapColumns(columns, { map: fields, properties });

test('columns named like fields are those fields, however they are written', () => {
  const columns = [
    'Customer ID',
    'E-mail',
    'first_name',
    'lastName',
    'Phone',
    'City',
    'Location.Zip',
  ];
  expect(map(columns)).toEqual([
    'customerId',
    'email',
    'firstName',
    'lastName',
    'phoneNumber',
    'location.city',
    'location.zip',
  ]);
});

test('a column can be named what it is, and one that is named nothing is left out', () => {
  const fields = { Nr: 'customerId', City: 'properties.branch', Email: '' };
  expect(map(['Nr', 'City', 'Email', 'Shoe size'], fields)).toEqual([
    'customerId',
    'properties.branch',
    undefined,
    undefined,
  ]);
});

test('a column that is named a field takes it from the column of that name', () => {
  expect(map(['id', 'email', 'work email'], { id: 'customerId', 'work email': 'email' })).toEqual([
    'customerId',
    undefined,
    'email',
  ]);
});

test('other columns become properties where that is asked for', () => {
  expect(map(['customerId', 'Shoe size', ''], {}, true)).toEqual([
    'customerId',
    'properties.Shoe size',
    undefined,
  ]);
});

test('a column is called what it is called, whatever JavaScript makes of the name', () => {
  const columns = ['customerId', 'constructor', 'toString', '__proto__'];
  expect(map(columns)).toEqual(['customerId', undefined, undefined, undefined]);
  expect(() => map(columns, {}, true)).toThrow(
    'no property may be called __proto__: leave the column out with --map __proto__=',
  );
  const named = Object.fromEntries([['__proto__', 'email']]);
  expect(map(columns, named, true)).toEqual([
    'customerId',
    'properties.constructor',
    'properties.toString',
    'email',
  ]);
});

describe('what cannot be is told with what there is', () => {
  test.each([
    [
      ['name', 'email'],
      {},
      'no column is the customerId: add --map <column>=customerId (columns: name, email)',
    ],
    [['customerId;email'], {}, 'add --delimiter ";"'],
    [['customerId\temail'], {}, 'add --delimiter "\\t"'],
    [['customerId', 'Customer Id'], {}, 'two columns are customerId'],
    [
      ['customerId'],
      { Mail: 'email' },
      '--map Mail=email: there is no such column; there are customerId',
    ],
    [['customerId', 'x'], { x: 'shoeSize' }, '--map x=shoeSize: there is no such field'],
  ])('%s %s', (columns, fields, problem) => {
    expect(() => map(columns, fields)).toThrow(problem);
  });
});
