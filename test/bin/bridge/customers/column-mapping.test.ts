import { describe, expect, test } from 'vitest';
import { mapColumns } from '../../../../bin/bridge/customers/column-mapping.ts';

const map = (columns: string[], fields: Record<string, string> = {}, properties = false) =>
  mapColumns(columns, { map: fields, properties, types: {} }).map(({ field }) => field);

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

test('no column is consent by its own name', () => {
  const columns = ['customerId', 'subscribe', 'subscribe.email', 'Accepts Email Marketing'];
  expect(map(columns)).toEqual(['customerId', undefined, undefined, undefined]);
  expect(map(columns, { 'Accepts Email Marketing': 'subscribe.email' })[3]).toBe('subscribe.email');
});

test('only properties are given types', () => {
  const typed = (properties: boolean, name: string) => () =>
    mapColumns(['customerId', 'email', 'points'], {
      map: {},
      properties,
      types: { [name]: 'number' },
    });
  expect(typed(true, 'points')()[2]).toMatchObject({ field: 'properties.points', type: 'number' });
  expect(typed(false, 'points')).toThrow('--types points:number: the column is left out');
  expect(typed(true, 'email')).toThrow('--types email:number: the column is email');
  expect(typed(true, 'tier')).toThrow('--types tier:number: there is no such column');
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
