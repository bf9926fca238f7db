/** Makes a table of a template, and takes it away. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Tables } from './local-tables.ts';

/** A table as CreateTable takes it. */
type TableDefinition = Readonly<Record<string, unknown>> & { readonly TableName: string };

const described = z.object({ Table: z.object({ TableStatus: z.string() }) });

const isActive = async (tables: Tables, TableName: string): Promise<boolean> => {
  const { body } = await tables.call('DescribeTable', JSON.stringify({ TableName }));
  return described.parse(JSON.parse(body)).Table.TableStatus === 'ACTIVE';
};

/** Resolves once the table takes items, which is a moment after dynalite says that it is there. */
export const createTable = async (tables: Tables, definition: TableDefinition): Promise<void> => {
  const { statusCode, body } = await tables.call('CreateTable', JSON.stringify(definition));
  if (statusCode !== 200) throw new Error(`cannot create ${definition.TableName}: ${body}`);
  while (!(await isActive(tables, definition.TableName))) await sleep(1);
};

/** Deletes a table and all that is in it. */
export const deleteTable = async (tables: Tables, TableName: string): Promise<void> => {
  const { statusCode, body } = await tables.call('DeleteTable', JSON.stringify({ TableName }));
  if (statusCode !== 200) throw new Error(`cannot delete ${TableName}: ${body}`);
};
