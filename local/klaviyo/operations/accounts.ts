import { fieldset } from '../query-rules.ts';
import { defineRead } from '../route.ts';
import { collection, pickFields } from './resource.ts';

const attributeNames = [
  'contact_information',
  'industry',
  'timezone',
  'preferred_currency',
  'public_api_key',
  'test_account',
  'locale',
];

/** Whom the credentials belong to: exactly one account. */
export const getAccounts = defineRead({
  method: 'GET',
  path: '/api/accounts',
  tier: 'XS',
  scopes: ['accounts:read'],
  resource: 'account',
  query: { 'fields[account]': fieldset(attributeNames) },
  respond: ({ account, query, served, origin, url }) => {
    const contact = {
      default_sender_name: account.name,
      default_sender_email: `shop@${account.id.toLowerCase()}.example`,
      website_url: `https://${account.id.toLowerCase()}.example`,
      organization_name: account.name,
      street_address: {
        address1: '1 Sample Street',
        address2: '',
        city: 'Boston',
        region: 'MA',
        country: 'United States',
        zip: '02111',
      },
    };
    const attributes = {
      contact_information: contact,
      industry: 'Ecommerce',
      timezone: 'America/New_York',
      preferred_currency: 'USD',
      public_api_key: account.id,
      ...(served >= '2024-02-15' && { test_account: true }),
      ...(served >= '2024-05-15' && { locale: 'en-US' }),
    };
    const item = {
      type: 'account',
      id: account.id,
      attributes: pickFields(attributes, query.get('fields[account]')),
      links: { self: `${origin}/api/accounts/${account.id}/` },
    };
    const links = { self: origin + url.pathname + url.search, next: null, prev: null };
    return { status: 200, body: collection({ data: [item], links }) };
  },
});
