/** From a row of a CSV file to a customer job. */
import type { ColumnMapping, FieldPath } from './column-mapping.ts';

export interface RowOptions {
  readonly connectionId: string;
  /** An empty cell clears its field; else it leaves it alone. */
  readonly clearEmpty: boolean;
}

/** Fields that cannot be cleared. */
const kept = new Set<FieldPath>(['customerId', 'profileId', 'occurredAt']);

type Fields = Map<string, unknown>;

const grouped = /^(location|properties)\.(.+)$/s;

/** In maps: whatever a column is called, it is a name and nothing else. */
const place = (fields: Fields, field: FieldPath, value: string | null): void => {
  const [, group, inner = ''] = grouped.exec(field) ?? [];
  if (group === undefined) fields.set(field, value);
  else {
    const members = (fields.get(group) as Fields | undefined) ?? new Map();
    fields.set(group, members.set(inner, value));
  }
};

const toObject = (fields: Fields): Record<string, unknown> =>
  Object.fromEntries(
    [...fields].map(([name, value]) => [name, value instanceof Map ? toObject(value) : value]),
  );

/** What people write into a phone number to read it better; a `(0)` is not dialled from abroad. */
const phoneDecoration = /\(0\)|[\s()./-]/g;

const fieldValue = (field: FieldPath, cell: string): string =>
  field === 'phoneNumber' ? cell.replaceAll(phoneDecoration, '') : cell;

/** The job as JSON. Whether it is a valid one is for the schema to say. */
export const toCustomerJob = (
  cells: readonly string[],
  mapping: ColumnMapping,
  { connectionId, clearEmpty }: RowOptions,
): string => {
  const fields: Fields = new Map();
  for (const [index, field] of mapping.entries()) {
    const value = cells[index]?.trim() ?? '';
    if (field === undefined) continue;
    if (value !== '') place(fields, field, fieldValue(field, value));
    else if (clearEmpty && !kept.has(field)) place(fields, field, null);
  }
  const { occurredAt, ...customer } = toObject(fields);
  return JSON.stringify({ connectionId, type: 'customer.upsert', occurredAt, customer });
};
