/** Which column of a CSV file becomes which field of a customer. */
import { customerObject, locationObject } from '../../../shared/contracts/messages.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';

/** A field by its path: `email`, `location.city`, `properties.shoeSize`, or the job's `occurredAt`. */
export type FieldPath = string;

/** For each column in order, its field; undefined where it is left out. */
export type ColumnMapping = readonly (FieldPath | undefined)[];

export interface MappingOptions {
  /** Fields by the name of their column; an empty one leaves the column out. */
  readonly map: Readonly<Record<string, FieldPath>>;
  /** Columns that are no field become properties of their own name. */
  readonly properties: boolean;
}

const locationFields = Object.keys(locationObject.shape).map((name) => `location.${name}`);

/** Everything that a column can become, properties aside. */
export const customerFields: readonly FieldPath[] = [
  ...Object.keys(customerObject.shape).filter(
    (name) => name !== 'location' && name !== 'properties',
  ),
  ...locationFields,
  'occurredAt',
];

/** `First Name`, `first_name` and `firstName` are the same. */
const normal = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

const byName = new Map([
  ...locationFields.map((path) => [normal(path.replace('location.', '')), path] as const),
  ...customerFields.map((path) => [normal(path), path] as const),
  ['phone', 'phoneNumber'],
]);

const requireField = (column: string, field: FieldPath): void => {
  if (field === '' || field.startsWith('properties.') || customerFields.includes(field)) return;
  throw new UsageFailure(
    `--map ${column}=${field}: there is no such field; there are ${customerFields.join(', ')} and properties.<name>`,
  );
};

const requireColumns = (columns: readonly string[], map: MappingOptions['map']): void => {
  for (const [column, field] of Object.entries(map)) {
    requireField(column, field);
    if (!columns.includes(column))
      throw new UsageFailure(
        `--map ${column}=${field}: there is no such column; there are ${columns.join(', ')}`,
      );
  }
};

const requireUsable = (columns: readonly string[], mapping: ColumnMapping): void => {
  const fields = mapping.filter((field) => field !== undefined);
  const twice = fields.find((field, index) => fields.indexOf(field) !== index);
  if (twice !== undefined)
    throw new CommandFailure(
      `two columns are ${twice}: leave one out with --map <column>=, or map it to another field`,
    );
  if (fields.includes('customerId')) return;
  const [only = ''] = columns;
  const separator =
    columns.length === 1 ? [';', '\t', '|'].find((one) => only.includes(one)) : undefined;
  throw new CommandFailure(
    separator === undefined
      ? `no column is the customerId: add --map <column>=customerId (columns: ${columns.join(', ')})`
      : `the columns are not separated by commas: add --delimiter ${JSON.stringify(separator)}`,
  );
};

/**
 * @param columns the first row of the file
 * @throws UsageFailure when a column or a field that `--map` names does not exist.
 * @throws CommandFailure when two columns are one field, or no column is the customer's id.
 */
export const mapColumns = (columns: readonly string[], options: MappingOptions): ColumnMapping => {
  requireColumns(columns, options.map);
  const mapping = columns.map((column) => {
    const named = options.map[column];
    if (named !== undefined) return named === '' ? undefined : named;
    const field = byName.get(normal(column));
    if (field !== undefined && !Object.values(options.map).includes(field)) return field;
    return options.properties && column !== '' ? `properties.${column}` : undefined;
  });
  requireUsable(columns, mapping);
  return mapping;
};
