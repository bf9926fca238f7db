/** Every store writes every kind of item, with all the attributes that there are. */
import { createAccountStore } from '../../shared/connections/account-store.dynamodb.ts';
import { createConnectionStore } from '../../shared/connections/connection-store.dynamodb.ts';
import { createOAuthStateStore } from '../../shared/connections/oauth-state-store.dynamodb.ts';
import { createSettingsChanges } from '../../shared/connections/settings-changes.dynamodb.ts';
import { createTokenLeaseStore } from '../../shared/connections/token-lease-store.dynamodb.ts';
import { keptMs } from '../../shared/pacing/in-use-marker.ts';
import { createQuotaStore } from '../../shared/pacing/quota-store.dynamodb.ts';
import { createCursorStore } from '../../shared/people/cursor-store.dynamodb.ts';
import { createCustomerMemory } from '../../shared/people/customer-memory.dynamodb.ts';
import { createDecisionStore } from '../../shared/people/decision-store.dynamodb.ts';
import { createSaveConfirmed } from '../../shared/people/event-link-store.dynamodb.ts';
import { createForgettingStore } from '../../shared/people/forgetting-store.dynamodb.ts';
import { createListStore } from '../../shared/people/list-store.dynamodb.ts';
import { createForgetLinks } from '../../shared/people/lost-links.dynamodb.ts';
import { createProfileMemory } from '../../shared/people/profile-memory.dynamodb.ts';
import { createSightingStore } from '../../shared/people/sighting-store.dynamodb.ts';
import { linkKeys, quotaKeys, type tables } from '../../shared/platform/contract/tables.ts';
import type { Table } from '../../shared/platform/table.dynamodb.ts';
import { connectionOf } from './connection.ts';

type At = (tableName: keyof typeof tables) => Table & { readonly now: () => number };

const memoryKey = 'acme/AcCt01';

const writeConnections = async (at: At) => {
  const table = at('connections');
  const expiresAtMs = table.now();
  const store = createConnectionStore({ ...table, allowAnyApiUrl: true });
  await store.write(connectionOf({ connectionId: 'acme', accountId: 'AcCt01' }).settings);
  await store.setStatus('acme', 'paused');
  await createAccountStore(table).claim('acme', 'AcCt01');
  await createSettingsChanges(table).set('acme', { confirmEvents: true });
  const lease = await createTokenLeaseStore(table).take('acme');
  await lease?.release(1);
  const states = createOAuthStateStore(table);
  await states.saveTicket('ticket', { connectionId: 'acme', expiresAtMs });
  await states.saveConsent('state', 'cookie', {
    connectionId: 'acme',
    expiresAtMs,
    codeVerifier: 'verifier',
    ticketExpiresAtMs: expiresAtMs,
  });
  const cursors = createCursorStore(table);
  await cursors.begin(memoryKey, 'run', undefined, { lowerMs: 0, upperMs: 1, pageCursor: 'p' });
  await cursors.finish(memoryKey, 'run', 1);
  await createListStore(table).write(memoryKey, { readAtMs: 1, lists: [] });
};

const writeCustomers = async (at: At) => {
  const memory = createCustomerMemory(at('links'));
  const lease = await memory.leaseProfile(memoryKey, 'P1');
  await memory.saveProfile(memoryKey, 'P1', lease?.owner ?? '', {
    customers: [{ customerId: 'c1', identifiers: { email: 'hash' }, subscribe: {} }],
    foreignExternalId: true,
    fieldVersions: [],
    fieldsSent: '',
    ownUpdatedAt: '2026-11-23T12:00:00Z',
    seenAtMs: 1,
  });
  const owner = (await memory.leaseCustomer(memoryKey, 'c1', undefined)) ?? '';
  const withheld = [{ identifier: 'email', reason: 'taken', sinceMs: 1 }] as const;
  const link = { profileId: 'P1', formerProfileId: 'P0', seenAtMs: 1, withheld: [...withheld] };
  await memory.saveCustomer(memoryKey, 'c1', owner, link);
  await memory.saveWithheld(memoryKey, 'c1', 'P1', withheld);
  const addresses = { email: 'ann@example.com', phoneNumber: '+31201234567' };
  await memory.saveAddresses(memoryKey, 'c1', 'P1', addresses);
};

const writeLinks = async (at: At) => {
  const links = at('links');
  const events = [{ metric: 'Placed Order', uniqueId: 'o1', eventId: 'e1' }];
  await createSaveConfirmed(links)(memoryKey, events);
  const sighting = { seenAtMs: 1, mergedInto: 'P2' };
  await createSightingStore(links).remember(memoryKey, new Map([['P1', sighting]]));
  const profiles = createProfileMemory(links);
  const published = { profileId: 'P1', updatedMs: 1, fields: '' };
  await profiles.remember(memoryKey, [{ ...published, linked: false }]);
  const attributes = { email: 'bob@example.com', phone_number: '+31201234568' };
  await profiles.link(memoryKey, 'c2', { id: 'P2', attributes }, 'email');
  const decisions = createDecisionStore(links);
  for (const linkKey of [linkKeys.profile(memoryKey, 'P1'), linkKeys.email(memoryKey, 'a@b.nl')]) {
    await decisions.lease(new Map([[linkKeys.decisions(linkKey), []]]));
    await decisions.save(new Map([[linkKeys.decisions(linkKey), { decisions: [], told: [] }]]));
  }
  const lost = [
    linkKeys.customer(memoryKey, 'c1'),
    linkKeys.email(memoryKey, 'ann@example.com'),
    linkKeys.phone(memoryKey, '+31201234567'),
  ];
  await createForgetLinks(links)(lost.map((key) => ({ key, profileId: 'P1' })));
};

const writeForgetting = async (at: At) => {
  const names = { connectionsTable: 'connections', linksTable: 'links' };
  const store = createForgettingStore({ ...at('links'), ...names });
  await store.ask(memoryKey);
  for (const one of await store.list()) await store.forgetPage(one);
};

const writeQuotas = async (at: At, nowMs: number) => {
  const store = createQuotaStore(at('quotas'));
  const ledger = quotaKeys.ledger('AcCt01', 'POST /api/events');
  const item = { version: 1, state: '', expiresAtSeconds: Math.ceil((nowMs + keptMs) / 1_000) };
  for (const key of [ledger, quotaKeys.inUse(ledger)]) await store.write(key, item, undefined);
};

export const writeEverything = async (client: Table['client'], nowMs: number): Promise<void> => {
  const at: At = (tableName) => ({ client, tableName, now: () => nowMs });
  await writeConnections(at);
  await writeCustomers(at);
  await writeLinks(at);
  await writeForgetting(at);
  await writeQuotas(at, nowMs);
};
