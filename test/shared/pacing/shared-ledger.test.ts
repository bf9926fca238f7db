import { describe, expect, test } from 'vitest';
import { createVirtualPermits } from '../../support/virtual-permits.ts';

const key = 'account#POST /api/events';
const markerKey = `${key}#in use`;

describe('a ledger that is gone', () => {
  test('was new: the first call of an account waits for nothing', async () => {
    const { boot, takenWithin } = createVirtualPermits();
    const { call, events } = boot();
    expect(await takenWithin(200, [call()])).toMatchObject([{ kind: 'permit' }]);
    expect(events).toEqual([]);
  });

  test('was deleted: calls are blocked for a minute', async () => {
    const { boot, takenWithin, table } = createVirtualPermits();
    const { call, events } = boot();
    await takenWithin(1_000, [call()]);
    table.items.delete(key);
    expect(await takenWithin(1_000, [call()])).toMatchObject([{ kind: 'later' }]);
    expect(events).toMatchObject([{ kind: 'ledger-lost', endpoint: 'POST /api/events' }]);
    const [taken] = await takenWithin(62_000, [call({ notAfterMs: Infinity, returning: true })]);
    expect(taken?.atMs).toBeGreaterThan(60_900);
  });

  test('was deleted: a process that has never seen it blocks its calls, too', async () => {
    const { boot, takenWithin, table, pass } = createVirtualPermits();
    await takenWithin(1_000, [boot().call()]);
    await pass(1_000_000);
    await takenWithin(1_000, [boot().call()]); // the marker is older than this use
    table.items.delete(key);
    const other = boot();
    expect(await takenWithin(1_000, [other.call()])).toMatchObject([{ kind: 'later' }]);
    expect(other.events).toMatchObject([{ kind: 'ledger-lost' }]);
  });

  test('was deleted with all the others: a process that has used it blocks its calls', async () => {
    const { boot, takenWithin, table } = createVirtualPermits();
    const { call } = boot();
    await takenWithin(1_000, [call()]);
    table.items.clear();
    expect(await takenWithin(1_000, [call()])).toMatchObject([{ kind: 'later' }]);
  });

  test('had expired while nobody used it: the next call waits for nothing', async () => {
    const { boot, takenWithin, table, pass, time } = createVirtualPermits();
    const { call, events } = boot();
    await takenWithin(1_000, [call()]);
    const expiresAtMs = (table.items.get(key)?.expiresAtSeconds ?? 0) * 1_000;
    await pass(expiresAtMs - time.nowMs());
    table.items.delete(key);
    expect(table.items.has(markerKey)).toBe(true);
    expect(await takenWithin(1_000, [call(), boot().call()])).toMatchObject([
      { kind: 'permit' },
      { kind: 'permit' },
    ]);
    expect(events).toEqual([]);
  });

  test('was set back: a process that knows a later version blocks its calls', async () => {
    const { boot, takenWithin, table } = createVirtualPermits();
    const { call, events } = boot();
    await takenWithin(1_000, [call()]);
    const old = table.items.get(key);
    await takenWithin(1_000, [call()]);
    if (old) table.items.set(key, old);
    expect(await takenWithin(1_000, [call()])).toMatchObject([{ kind: 'later' }]);
    expect(events).toMatchObject([{ kind: 'ledger-lost' }]);
  });

  test('was restored into another table: calls are blocked for a minute, once', async () => {
    const { boot, takenWithin, table } = createVirtualPermits();
    await takenWithin(1_000, [boot().call()]);
    const item = table.items.get(key);
    if (item) table.items.set(key, { ...item, restored: true });
    const [one, other] = [boot(), boot()];
    expect(await takenWithin(1_000, [one.call()])).toMatchObject([{ kind: 'later' }]);
    const taken = await takenWithin(62_000, [
      other.call({ notAfterMs: Infinity, returning: true }),
    ]);
    expect(taken).toMatchObject([{ kind: 'permit' }]);
    expect(other.events).toEqual([]);
  });

  test('was restored: what it does remember counts for longer than the block', async () => {
    const { boot, takenWithin, table, pass } = createVirtualPermits();
    const one = boot();
    const patient = { tier: 'XS', notAfterMs: Infinity } as const;
    void Array.from({ length: 15 }, () => one.take(patient)); // sent for 50 seconds yet
    await pass(1_000);
    const item = table.items.get(key);
    if (item) table.items.set(key, { ...item, restored: true });
    const [taken] = await takenWithin(80_000, [boot().call(patient)]);
    expect(taken?.atMs).toBeGreaterThan(71_000);
  });

  test('cannot be read: calls are blocked for a minute', async () => {
    const { boot, takenWithin, table } = createVirtualPermits();
    table.items.set(key, { version: 1, state: 'of another kind', expiresAtSeconds: 0 });
    const { call, events } = boot();
    expect(await takenWithin(1_000, [call()])).toMatchObject([{ kind: 'later' }]);
    expect(events).toMatchObject([{ kind: 'ledger-lost' }]);
    const [taken] = await takenWithin(62_000, [call({ notAfterMs: Infinity, returning: true })]);
    expect(taken).toMatchObject({ kind: 'permit' });
  });
});
