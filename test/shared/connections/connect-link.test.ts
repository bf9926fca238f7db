import { expect, test } from 'vitest';
import { ConnectLinkError, createConnectLink } from '../../../shared/connections/connect-link.ts';
import { connectionSettings } from '../../../shared/connections/contract.ts';
import type { Ticket } from '../../../shared/connections/tickets.ts';

const setUp = ({ apiUrl = 'https://a.klaviyo.com', allowAnyApiUrl = false } = {}) => {
  const saved = new Map<string, Ticket>();
  const settings = connectionSettings.parse({
    connectionId: 'acme',
    status: 'needs_authorisation',
    auth: 'oauth',
    apiUrl,
  });
  const newLink = createConnectLink({
    readSettings: async (connectionId) => (connectionId === 'acme' ? settings : undefined),
    saveTicket: async (ticket, value) => void saved.set(ticket, value),
    publicUrl: 'https://bridge.example',
    allowAnyApiUrl,
    now: () => 5_000,
  });
  return { saved, newLink };
};

test('a link carries a ticket of 256 random bits that is good for thirty minutes', async () => {
  const { saved, newLink } = setUp();
  const { url, expiresAtMs } = await newLink('acme');
  expect(url).toMatch(/^https:\/\/bridge\.example\/oauth\/connect\?ticket=[A-Za-z0-9_-]{43}$/);
  expect(expiresAtMs).toBe(5_000 + 30 * 60_000);
  const ticket = new URL(url).searchParams.get('ticket') ?? '';
  expect(saved.get(ticket)).toEqual({ connectionId: 'acme', expiresAtMs });
});

test('two links have nothing in common', async () => {
  const { saved, newLink } = setUp();
  await newLink('acme');
  await newLink('acme');
  expect(saved.size).toBe(2);
});

test('there is no link for a connection that does not exist', async () => {
  const { saved, newLink } = setUp();
  await expect(newLink('nobody')).rejects.toBeInstanceOf(ConnectLinkError);
  expect(saved.size).toBe(0);
});

test('there is no link to an API that is not Klaviyo’s, unless the stage allows it', async () => {
  const apiUrl = 'http://127.0.0.1:9999';
  await expect(setUp({ apiUrl }).newLink('acme')).rejects.toThrow(/not Klaviyo's/);
  await expect(setUp({ apiUrl, allowAnyApiUrl: true }).newLink('acme')).resolves.toBeDefined();
});
