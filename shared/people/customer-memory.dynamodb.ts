/**
 * What is remembered of customers and their profiles, in DynamoDB: short leases keep one writer at a
 * time. Every condition holds for a request that is repeated as well: the SDK does so where the
 * answer was lost. What a writer saves is marked with the writer's own name.
 */
import type { Table } from '../platform/table.dynamodb.ts';
import type { CustomerMemory } from './contract/customer-memory.ts';
import { createCustomerLinks } from './customer-links.dynamodb.ts';
import { createProfileLinks } from './profile-links.dynamodb.ts';

export const createCustomerMemory = ({
  now = Date.now,
  ...table
}: Table & { readonly now?: () => number }): CustomerMemory => ({
  ...createCustomerLinks(table, now),
  ...createProfileLinks(table, now),
});
