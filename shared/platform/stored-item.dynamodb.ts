/** Items of DynamoDB, read by their schemas. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';

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
  item: Record<string, AttributeValue>,
  what: string,
): z.output<T> => {
  try {
    return schema.parse(unmarshall(item));
  } catch (error) {
    throw new InvalidItemError(`${what} is not valid: ${fieldsOf(error)}`);
  }
};
