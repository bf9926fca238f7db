import * as z from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { page } from '../json-api.ts';

/** Whom the credentials belong to: exactly one account. */
export const getAccounts = defineEndpoint({
  method: 'GET',
  path: '/api/accounts',
  tier: 'XS',
  scopes: ['accounts:read'],
  safeToRetry: true,
  input: z.strictObject({}),
  toWire: () => ({}),
  output: page(
    z.object({
      id: z.string(),
      attributes: z.object({
        contact_information: z.object({ organization_name: z.string().nullish() }).nullish(),
        test_account: z.boolean().nullish(),
      }),
    }),
  ),
});
