/** Which column of a CSV file becomes which field of a customer. */
import { customerObject, locationObject } from '../../../shared/jobs/contract/messages.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import type { ValueType } from './cell-values.ts';

/**
 * A field by its path: `email`, `location.city`, `properties.shoeSize`, or of the job `occurredAt`,
 * `subscribe.email` and `subscribe.sms`.
 */
export type FieldPath = string;

export interface Column {
  readonly name: string;
  /** Undefined where it is left out. */
  readonly field: FieldPath | undefined;
  /** Of a custom property. @default text */
  readonly type?: ValueType | undefined;
}

/** What each column is, in their order. */
export type ColumnMapping = readonly Column[];

export interface MappingOptions {
  /** Fields by the name of their column; an empty one leaves the column out. */
  readonly map: Readonly<Record<string, FieldPath>>;
  /** Columns that are no field become properties of their own name. */
  readonly properties: boolean;
  /** The types of properties, by the name of their column. */
  readonly types: Readonly<Record<string, ValueType>>;
}

const locationFields = Object.keys(locationObject.shape).map((name) => `location.${name}`);

/** Everything that a column can become by its name. */
export const customerFields: readonly FieldPath[] = [
  ...Object.keys(customerObject.shape).filter(
    (name) => name !== 'location' && name !== 'properties',
  ),
  ...locationFields,
  'occurredAt',
];

/** Consent: a column is that by a word of the user's alone, never by its own name. */
export const consentFields: readonly FieldPath[] = ['subscribe.email', 'subscribe.sms'];

const namedFields = [...customerFields, ...consentFields];

/** `First Name`, `first_name` and `firstName` are the same. */
const normal = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

const byName = new Map([
  ...locationFields.flatMap((path) => {
    const member = normal(path.replace('location.', ''));
    return [[member, path] as const, [`defaultaddress${member}`, path] as const]; // as in Shopify
  }),
  ...customerFields.map((path) => [normal(path), path] as const),
  ['phone', 'phoneNumber'],
]);

/** Whether a column of this name is a field by itself. */
export const isField = (column: string): boolean => byName.has(normal(column));

const requireField = (column: string, field: FieldPath): void => {
  if (field === '' || field.startsWith('properties.') || namedFields.includes(field)) return;
  throw new UsageFailure(
    `--map ${column}=${field}: there is no such field; there are ${namedFields.join(', ')} and properties.<name>`,
  );
};

const requireColumns = (columns: readonly string[], map: MappingOptions['map']): void => {
  const known = new Set(columns);
  for (const [column, field] of Object.entries(map)) {
    requireField(column, field);
    if (!known.has(column))
      throw new UsageFailure(
        `--map ${column}=${field}: there is no such column; there are ${columns.join(', ')}`,
      );
  }
};

const requireUsable = (columns: readonly string[], mapping: ColumnMapping): void => {
  const fields = new Set<FieldPath>();
  const twice = mapping.find(({ field }) => {
    if (field === undefined) return false;
    const isThere = fields.has(field);
    fields.add(field);
    return isThere;
  });
  if (twice !== undefined)
    throw new CommandFailure(
      `two columns are ${twice.field}: leave one out with --map <column>=, or map it to another field`,
    );
  if (fields.has('properties.__proto__'))
    throw new CommandFailure(
      'no property may be called __proto__: leave the column out with --map __proto__=, or map it to another field',
    );
  if (fields.has('customerId')) return;
  const [only = ''] = columns;
  const separator =
    columns.length === 1 ? [';', '\t', '|'].find((one) => only.includes(one)) : undefined;
  throw new CommandFailure(
    separator === undefined
      ? `no column is the customerId: add --map <column>=customerId (columns: ${columns.join(', ')})`
      : `the columns are not separated by commas: add --delimiter ${JSON.stringify(separator)}`,
  );
};

/** Fields have types of their own. */
const requireProperties = (mapping: ColumnMapping, types: ReadonlyMap<string, ValueType>): void => {
  for (const [name, type] of types) {
    const column = mapping.find((one) => one.name === name);
    if (column?.field?.startsWith('properties.')) continue;
    const what =
      column === undefined
        ? `there is no such column; there are ${mapping.map((one) => one.name).join(', ')}`
        : `the column is ${column.field ?? 'left out'}, and only properties are given types: add --map ${name}=properties.${name}`;
    throw new UsageFailure(`--types ${name}:${type}: ${what}`);
  }
};

/**
 * @param columns the first row of the file
 * @throws UsageFailure when a column or a field that `--map` names does not exist.
 * @throws CommandFailure when two columns are one field, or no column is the customer's id.
 */
export const mapColumns = (columns: readonly string[], options: MappingOptions): ColumnMapping => {
  requireColumns(columns, options.map);
  const named = new Map(Object.entries(options.map)); // a column may be called `constructor`
  const taken = new Set(named.values());
  const fieldOf = (column: string): FieldPath | undefined => {
    const given = named.get(column);
    if (given !== undefined) return given === '' ? undefined : given;
    const field = byName.get(normal(column));
    if (field !== undefined && !taken.has(field)) return field;
    return options.properties && column !== '' ? `properties.${column}` : undefined;
  };
  const types = new Map(Object.entries(options.types));
  const mapping = columns.map((name) => ({ name, field: fieldOf(name), type: types.get(name) }));
  requireUsable(columns, mapping);
  requireProperties(mapping, types);
  return mapping;
};
