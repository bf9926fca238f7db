import { describe, expect, test } from 'vitest';
import { toProfileAttributes } from '../../../functions/customers/profile-mapping.ts';
import { createWriteProfile } from '../../../functions/customers/write-profile.ts';
import type { ProfileAttributes } from '../../../shared/klaviyo/index.ts';
import { startSimulatedKlaviyo } from '../../support/simulated-klaviyo.ts';

/** Every revision path: the default creates and updates, newer ones import. */
const revisions = ['2023-10-15', '2024-02-15', '2026-07-15'];
type Setting = Awaited<ReturnType<typeof startSimulatedKlaviyo>>;

const writeTo = (
  { klaviyo, connection, options }: Setting,
  attributes: ProfileAttributes,
  profileId?: string,
) => createWriteProfile({ klaviyo })(profileId, attributes, connection.klaviyo, options);

describe.each(revisions)('at revision %s', (revision) => {
  test('a customer whom Klaviyo does not know becomes a profile', async () => {
    await using setting = await startSimulatedKlaviyo({ revision });
    const { profile } = await writeTo(setting, {
      email: 'zoë@example.com',
      first_name: 'Zoë 🌻',
      properties: { points: 7 },
    });
    expect(setting.account.profiles()).toMatchObject([
      { id: profile.id, email: 'zoë@example.com', properties: { points: 7 } },
    ]);
  });

  test('a customer whom Klaviyo knows by e-mail is updated, not doubled', async () => {
    await using setting = await startSimulatedKlaviyo({ revision });
    const [known] = setting.account.seedProfiles([{ attributes: { email: 'ann@example.com' } }]);
    const { profile } = await writeTo(setting, { email: 'ann@example.com', first_name: 'Ann' });
    expect(profile.id).toBe(known);
    expect(setting.account.profiles()).toMatchObject([{ fields: { first_name: 'Ann' } }]);
  });

  test('a linked profile is updated, and null clears a field', async () => {
    await using setting = await startSimulatedKlaviyo({ revision });
    const [id] = setting.account.seedProfiles([
      { attributes: { email: 'ann@example.com', first_name: 'Ann', title: 'Dr' } },
    ]);
    await writeTo(setting, { first_name: null }, id);
    const { fields } = setting.account.profile(id ?? '') ?? {};
    expect(fields?.first_name ?? null).toBeNull();
    expect(fields?.title).toBe('Dr');
  });

  test('a location that is null is cleared, every member of it', async () => {
    await using setting = await startSimulatedKlaviyo({ revision });
    const location = { city: 'Delft', zip: '2611', latitude: 52, timezone: 'Europe/Amsterdam' };
    const [id] = setting.account.seedProfiles([{ attributes: { external_id: 'loc-1', location } }]);
    const cleared = toProfileAttributes({ customerId: 'loc-1', location: null });
    await writeTo(setting, cleared, id);
    const left = Object.values(setting.account.profile(id ?? '')?.location ?? { city: 'Delft' });
    expect(left.filter((value) => value !== null)).toEqual([]);
  });

  test('a linked profile that is gone is created anew', async () => {
    await using setting = await startSimulatedKlaviyo({ revision });
    const { profile } = await writeTo(
      setting,
      { email: 'ann@example.com' },
      '01JGONE0000000000000000000',
    );
    expect(setting.account.profiles().map(({ id }) => id)).toEqual([profile.id]);
  });

  test('an identifier that another profile has is withheld, and the rest is written', async () => {
    await using setting = await startSimulatedKlaviyo({ revision });
    const [ann, bob] = setting.account.seedProfiles([
      { attributes: { email: 'ann@example.com' } },
      { attributes: { email: 'bob@example.com', phone_number: '+31201234567' } },
    ]);
    const { profile, withheld } = await writeTo(
      setting,
      { email: 'ann@example.com', phone_number: '+31201234567', first_name: 'Ann' },
      ann,
    );
    expect([profile.id, withheld]).toEqual([ann, ['phone_number']]);
    expect(setting.account.profile(ann ?? '')?.fields.first_name).toBe('Ann');
    expect(setting.account.profile(bob ?? '')?.phone_number).toBe('+31201234567');
  });

  test('a 409 whose identifiers belong to two different profiles does not fail for ever', async () => {
    await using setting = await startSimulatedKlaviyo({ revision });
    setting.account.seedProfiles([
      { attributes: { email: 'ann@example.com' } },
      { attributes: { phone_number: '+31201234567' } },
    ]);
    const { profile, withheld } = await writeTo(setting, {
      email: 'ann@example.com',
      phone_number: '+31201234567',
      first_name: 'Ann',
    });
    expect(withheld).toHaveLength(1);
    expect(setting.account.profile(profile.id)?.fields.first_name).toBe('Ann');
    expect(setting.account.profiles()).toHaveLength(2);
  });

  test('a bad phone number does not cost the customer: the e-mail address is fine', async () => {
    await using setting = await startSimulatedKlaviyo({ revision });
    setting.simulator.setFaults([
      {
        kind: 'status',
        status: 400,
        times: 1,
        body: {
          errors: [{ code: 'invalid', source: { pointer: '/data/attributes/phone_number' } }],
        },
      },
    ]);
    const { withheld } = await writeTo(setting, {
      email: 'ann@example.com',
      phone_number: '+31209999999',
    });
    expect(withheld).toEqual(['phone_number']);
    expect(setting.account.profiles()).toMatchObject([{ email: 'ann@example.com' }]);
  });
});

test('a 409 that names no profile is resolved by e-mail, then by phone', async () => {
  await using setting = await startSimulatedKlaviyo();
  const [known] = setting.account.seedProfiles([{ attributes: { phone_number: '+31201234567' } }]);
  setting.simulator.setFaults([
    {
      kind: 'status',
      status: 409,
      times: 1,
      match: { endpoint: 'POST /api/profiles' },
      body: { errors: [{ code: 'duplicate_profile' }] },
    },
  ]);
  const { profile } = await writeTo(setting, {
    email: 'new@example.com',
    phone_number: '+31201234567',
  });
  expect(profile.id).toBe(known);
  const finds = setting.simulator.countCalls({ endpoint: 'GET /api/profiles', status: 200 });
  expect(finds).toBe(2);
});

test('a refusal that names no identifier stays a refusal', async () => {
  await using setting = await startSimulatedKlaviyo();
  setting.simulator.setFaults([{ kind: 'status', status: 400 }]);
  await expect(writeTo(setting, { email: 'ann@example.com' })).rejects.toMatchObject({
    name: 'KlaviyoRequestError',
  });
});
