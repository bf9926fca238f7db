/** From a row of a CSV file to a customer job. */
import type { ColumnMapping, FieldPath } from './column-mapping.ts';

export interface RowOptions {
  readonly connectionId: string;
  /** An empty cell clears its field; else it leaves it alone. */
  readonly clearEmpty: boolean;
}

/** Fields that cannot be cleared. */
const kept = new Set<FieldPath>(['customerId', 'profileId', 'occurredAt']);

const place = (target: Record<string, unknown>, field: FieldPath, value: string | null): void => {
  const group = /^(location|properties)\.(.+)$/s.exec(field);
  if (group === null) target[field] = value;
  else {
    const [, name = '', inner = ''] = group;
    target[name] = { ...(target[name] as object | undefined), [inner]: value };
  }
};

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
  const { occurredAt, ...customer } = mapping.reduce<Record<string, unknown>>(
    (fields, field, index) => {
      const value = cells[index]?.trim() ?? '';
      if (field === undefined) return fields;
      if (value !== '') place(fields, field, fieldValue(field, value));
      else if (clearEmpty && !kept.has(field)) place(fields, field, null);
      return fields;
    },
    {},
  );
  return JSON.stringify({ connectionId, type: 'customer.upsert', occurredAt, customer });
};
