/** From a row of a CSV file to a customer job. */
import { readCell } from './cell-values.ts';
import type { ColumnMapping, FieldPath } from './column-mapping.ts';
import { shownColumn } from './csv-rows.ts';

export interface RowOptions {
  readonly connectionId: string;
  /** An empty cell clears its field; else it leaves it alone. */
  readonly clearEmpty: boolean;
}

/** Fields that cannot be cleared. */
const kept = new Set<FieldPath>([
  'customerId',
  'profileId',
  'occurredAt',
  'subscribe.email',
  'subscribe.sms',
]);

type Fields = Map<string, unknown>;

const grouped = /^(location|properties|subscribe)\.(.+)$/s;

/** In maps: whatever a column is called, it is a name and nothing else. */
const place = (fields: Fields, field: FieldPath, value: unknown): void => {
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

/**
 * The channels that were agreed to. A no grants nothing and withdraws nothing: as `false` it would
 * also be the word on channels of which the file says nothing.
 */
const agreedChannels = (consents: unknown): string[] | undefined => {
  const agreed = Object.entries(consents ?? {}).filter(([, isAgreed]) => isAgreed === true);
  return agreed.length === 0 ? undefined : agreed.map(([channel]) => channel);
};

/** The job as JSON. Whether it is a valid one is for the schema to say. */
export const toCustomerJob = (
  cells: readonly string[],
  mapping: ColumnMapping,
  { connectionId, clearEmpty }: RowOptions,
): { readonly text: string } | { readonly problem: string } => {
  const fields: Fields = new Map();
  for (const [index, { field, type }] of mapping.entries()) {
    if (field === undefined) continue;
    const read = readCell(cells[index] ?? '', field, type);
    if ('problem' in read)
      return { problem: `${shownColumn([mapping[index]?.name ?? ''], 0)} ${read.problem}` };
    if (read.value !== undefined) place(fields, field, read.value);
    else if (clearEmpty && !kept.has(field)) place(fields, field, null);
  }
  const { occurredAt, subscribe, ...customer } = toObject(fields);
  return {
    text: JSON.stringify({
      connectionId,
      type: 'customer.upsert',
      occurredAt,
      customer,
      subscribe: agreedChannels(subscribe),
    }),
  };
};
