/** AWS::DynamoDB::Table, and GlobalTable in its one region. */
import * as z from 'zod';
import { createTable, deleteTable } from '../dynamodb/create-table.ts';
import { deployedResource, generatedName, type ResourceKind } from './resource-kind.ts';

const keys = z.array(z.looseObject({ AttributeName: z.string(), KeyType: z.string() }));
const indexes = z
  .array(z.looseObject({ IndexName: z.string(), KeySchema: keys, Projection: z.looseObject({}) }))
  .min(1)
  .optional();

const tableProperties = z.looseObject({
  TableName: z.string().optional(),
  KeySchema: keys,
  AttributeDefinitions: z.array(z.looseObject({ AttributeName: z.string() })),
  GlobalSecondaryIndexes: indexes,
  LocalSecondaryIndexes: indexes,
  StreamSpecification: z.undefined('local/aws runs no DynamoDB streams').optional(),
});

/** What CreateTable knows of an index; capacity is always on demand here. */
const toIndexes = (given: z.output<typeof indexes>) =>
  given?.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));

export const tableKind: ResourceKind = (properties, identity, host) => {
  const given = tableProperties.parse(properties);
  const TableName = given.TableName ?? generatedName(identity, 255);
  const { KeySchema, AttributeDefinitions } = given;
  const definition = {
    TableName,
    KeySchema,
    AttributeDefinitions,
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: toIndexes(given.GlobalSecondaryIndexes),
    LocalSecondaryIndexes: toIndexes(given.LocalSecondaryIndexes),
  };
  host.lifecycle.creates(createTable(host.tables, definition));
  host.lifecycle.removes(() => deleteTable(host.tables, TableName));
  const Arn = `arn:aws:dynamodb:${host.region}:${host.accountId}:table/${TableName}`;
  return deployedResource(TableName, { Arn });
};
