import * as z from 'zod';
import { since } from '../body-validation.ts';
import { fieldset } from '../query-rules.ts';
import { defineWrite } from '../route.ts';
import { listResource } from './list-resource.ts';

/**
 * Makes a list. Klaviyo allows 150 of them a day, which is not counted here. When it began to take
 * `opt_in_process` is not known: between 2025-01-15 and 2026-07-15.
 */
export const createList = defineWrite({
  method: 'POST',
  path: '/api/lists',
  tier: 'M',
  scopes: ['lists:write'],
  resource: 'list',
  query: { 'fields[list]': fieldset('list', { since: '2026-01-15' }) },
  body: (served) =>
    z.strictObject({
      data: z.strictObject({
        type: z.literal('list'),
        attributes: z.strictObject({
          name: z.string().trim().min(1),
          opt_in_process: since(
            served,
            '2025-04-15',
            z.enum(['single_opt_in', 'double_opt_in']).nullable(),
          ),
        }),
      }),
    }),
  respond: (call, { data }) => {
    const { name, opt_in_process } = data.attributes;
    const optIn = opt_in_process ?? call.account.defaultOptIn;
    const resource = listResource(call, call.account.lists.create({ name, optIn }));
    const links = call.served >= '2026-01-15' && { links: resource.links };
    return { status: 201, body: { data: resource, ...links } };
  },
});
