/** Items of DynamoDB from and to plain values: nothing else marshals. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';

/** As it is stored. It is read one by one, so that one that is damaged spoils no other. */
export type StoredItem = Record<string, AttributeValue>;

/** What names an item: with a sort key where its table has one. */
export interface Key {
  readonly pk: string;
  readonly sk?: string | undefined;
}

/** An item in plain values. */
export type Item = Key & Readonly<Record<string, unknown>>;

/** Attributes that are undefined are left out. */
export const toStored = (values: object): StoredItem =>
  marshall(values, { removeUndefinedValues: true });

/** What is stored is not what this version writes. The message names fields, and quotes nothing. */
export class InvalidItemError extends Error {
  override readonly name = 'InvalidItemError';
}

const fieldsOf = (error: unknown): string =>
  error instanceof z.ZodError
    ? [...new Set(error.issues.map(({ path }) => path.join('.')))].join(', ')
    : 'a number';

/** @throws InvalidItemError for what breaks the schema; `what` is what a person calls the item. */
export const parseItem = <T extends z.ZodType>(
  schema: T,
  item: StoredItem,
  what: string,
): z.output<T> => {
  try {
    return schema.parse(unmarshall(item));
  } catch (error) {
    throw new InvalidItemError(`${what} is not valid: ${fieldsOf(error)}`);
  }
};

/** Of an item that may be damaged otherwise. */
export const keyOf = ({ pk, sk }: StoredItem): Key => ({
  pk: pk?.S ?? '',
  ...(sk?.S !== undefined && { sk: sk.S }),
});
