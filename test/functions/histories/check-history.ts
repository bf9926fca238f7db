/** What must hold once a history is over. Each rule says how often it was there to be broken. */
import { expect } from 'vitest';
import { type ConsentStatement, customerIds, type History, people } from './bridge-history.ts';

/** Customers who are one person for Klaviyo: by an address that both have, or by a merge. */
const groupsOf = ({ said, merged }: History): string[][] => {
  const emailsOf = (id: string) =>
    said.flatMap(({ job }) => {
      const { customer, person } = job.message as { customer?: Named; person?: Named };
      const of = customer ?? person;
      const isOwn = of?.customerId === id || (!of?.customerId && isOnly(id, of?.email));
      return isOwn && of?.email ? [of.email] : [];
    });
  const groups = new Map(customerIds.map((id) => [id, [id]]));
  const join = (a: string, b: string) => {
    const all = [...new Set([...(groups.get(a) ?? []), ...(groups.get(b) ?? [])])];
    for (const id of all) groups.set(id, all);
  };
  for (const a of customerIds)
    for (const b of customerIds)
      if (emailsOf(a).some((email) => emailsOf(b).includes(email))) join(a, b);
  for (const [a, b] of merged) join(a, b);
  return [...new Set(groups.values())];
};
interface Named {
  readonly customerId?: string;
  readonly email?: string;
  readonly phoneNumber?: string;
}
const isOnly = (id: string, email?: string) =>
  email !== undefined && (people[id]?.emails.includes(email) ?? false);

const inGroup = (ids: readonly string[]) => ({
  emails: ids.flatMap((id) => people[id]?.emails ?? []),
  phones: ids.flatMap((id) => people[id]?.phones ?? []),
});
type Profile = ReturnType<ReturnType<History['world']['account']>['profiles']>[number];
/** Whether all that a profile is known by may be of these customers. */
const mayBeOf = ({ email, phone_number, external_id }: Profile, ids: readonly string[]) => {
  const { emails, phones } = inGroup(ids);
  return (
    (!email || emails.includes(email)) &&
    (!phone_number || phones.includes(phone_number)) &&
    (!external_id || ids.includes(external_id))
  );
};
const show = ({ id, email, phone_number, external_id, consent }: Profile) =>
  JSON.stringify({ id, email, phone_number, external_id, consent });

/** By each of the accounts' profiles, the customers whose it can be. */
const profilesOf = (history: History) => {
  const groups = groupsOf(history);
  return history.world
    .account()
    .profiles()
    .map((profile) => ({ profile, groups: groups.filter((ids) => mayBeOf(profile, ids)) }));
};

/** Whether anybody of the group agreed later. */
const isTakenBack = ({ statements }: History, ids: readonly string[], { atMs }: ConsentStatement) =>
  statements.some((one) => one.on && one.atMs >= atMs && ids.includes(one.by));

/** Whether what an opt-out was said of is still the same profile, and the same address. */
const stillHolds = (
  history: History,
  ids: readonly string[],
  statement: ConsentStatement,
): boolean => {
  const { mergedProfiles, deleted, said } = history;
  if (statement.profileId !== undefined)
    return !mergedProfiles.some(
      (one) => one.atMs >= statement.atMs && one.ids.includes(statement.profileId ?? ''),
    );
  // Klaviyo keeps consent by profile: one that has moved to another address takes its own along.
  const emails = said.flatMap(({ job }) => {
    const { customer, person } = job.message as { customer?: Named; person?: Named };
    const of = customer ?? person;
    const isOwn = ids.includes(of?.customerId ?? '') || ids.some((id) => isOnly(id, of?.email));
    return isOwn ? (of?.email ?? []) : [];
  });
  return (
    new Set(emails).size === 1 &&
    !deleted.some(({ by }) => ids.includes(by)) &&
    !history.merged.flat().some((id) => ids.includes(id))
  );
};

/** The customers, each with the profile that it is linked to. */
const linkedProfiles = async ({ world }: History) => {
  const linked: { id: string; profile: Profile; sharedWith: number }[] = [];
  const byCustomer = new Map<string, string>();
  for (const id of customerIds) byCustomer.set(id, (await world.linkOf(id))?.profileId ?? '');
  for (const [id, profileId] of byCustomer) {
    const profile = world.account().profile(profileId);
    const sharedWith = [...byCustomer.values()].filter((other) => other === profileId).length - 1;
    if (profile) linked.push({ id, profile, sharedWith });
  }
  return linked;
};

type Check = (history: History) => Promise<number>;

const nobodysAddress: Check = async (history) => {
  const all = profilesOf(history);
  for (const { profile, groups } of all)
    if (groups.length === 0) throw new Error(`an address on another’s profile: ${show(profile)}`);
  return all.length;
};

const nobodysConsent: Check = async (history) => {
  const silent = profilesOf(history).filter(
    ({ groups }) => groups.length > 0 && groups.flat().every((id) => !people[id]?.subscribes),
  );
  for (const { profile } of silent)
    if (Object.values(profile.consent).includes('SUBSCRIBED'))
      throw new Error(`another’s consent: ${show(profile)}`);
  return silent.length;
};

const laterOptOut: Check = async (history) => {
  let checked = 0;
  for (const { profile, groups } of profilesOf(history)) {
    const ids = groups.flat();
    const outs = history.statements.filter(
      (one) =>
        !one.on &&
        (one.profileId === undefined ? ids.includes(one.by) : one.profileId === profile.id) &&
        stillHolds(history, ids, one) &&
        !isTakenBack(history, ids, one),
    );
    checked += outs.length;
    if (outs.length > 0 && profile.consent.email === 'SUBSCRIBED')
      throw new Error(`${JSON.stringify(outs)} is undone: ${show(profile)}`);
  }
  return checked;
};

const everyCustomer: Check = async (history) => {
  const upserted = customerIds.filter((id) =>
    history.said.some(
      ({ job }) => (job.message as { customer?: Named }).customer?.customerId === id,
    ),
  );
  const linked = await linkedProfiles(history);
  expect(linked.map(({ id }) => id)).toEqual(expect.arrayContaining(upserted));
  return upserted.length;
};

const everyField: Check = async (history) => {
  const { said, merged } = history;
  const linked = await linkedProfiles(history);
  let checked = 0;
  for (const { profile } of linked) {
    const owners = linked.filter((one) => one.profile.id === profile.id).map(({ id }) => id);
    if (merged.flat().some((id) => owners.includes(id))) continue;
    const own = said
      .map(({ job }) => ({ ...job, customer: (job.message as { customer?: Fields }).customer }))
      .filter(({ customer }) => owners.includes(customer?.customerId ?? ''))
      .toSorted((a, b) => a.occurredAtMs - b.occurredAtMs);
    const last = (of: (fields: Fields) => unknown) =>
      own.map(({ customer }) => of(customer ?? {})).findLast((value) => value !== undefined);
    const wanted = [
      last(({ firstName }) => firstName),
      last(({ properties }) => properties?.size),
      last(({ properties }) => properties?.tier),
    ];
    const { fields, properties } = profile;
    checked += wanted.filter((value) => value !== undefined).length;
    expect([owners, fields.first_name, properties.size, properties.tier]).toEqual([
      owners,
      ...wanted,
    ]);
  }
  return checked;
};
interface Fields extends Named {
  readonly firstName?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

const everyEvent: Check = async (history) => {
  const byProfile = new Map(profilesOf(history).map((one) => [one.profile.id, one]));
  const recorded = history.world.account().events();
  for (const { by, uniqueId } of history.events) {
    const own = recorded.filter((event) => event.uniqueId === uniqueId);
    if (own.length === 0) throw new Error(`${uniqueId} of ${by} is missing`);
    for (const { profileId } of own) {
      const { groups = [], profile } = byProfile.get(profileId) ?? {};
      if (!groups.some((ids) => ids.includes(by)))
        throw new Error(`${uniqueId} of ${by} is another’s: ${profile && show(profile)}`);
    }
  }
  return history.events.length;
};

const everyAddressOrReason: Check = async (history) => {
  const { said, merged, world } = history;
  let checked = 0;
  for (const { id, profile, sharedWith } of await linkedProfiles(history)) {
    if (sharedWith > 0 || merged.flat().includes(id)) continue;
    const own = said
      .map(({ job }) => ({ ...job, customer: (job.message as { customer?: Named }).customer }))
      .filter(({ customer }) => customer?.customerId === id)
      .toSorted((a, b) => a.occurredAtMs - b.occurredAtMs);
    const { withheld = [] } = (await world.linkOf(id)) ?? {};
    const pairs = [
      ['email', own.findLast(({ customer }) => customer?.email)?.customer?.email, profile.email],
      [
        'phone_number',
        own.findLast(({ customer }) => customer?.phoneNumber)?.customer?.phoneNumber,
        profile.phone_number,
      ],
    ] as const;
    for (const [identifier, wanted, shown] of pairs) {
      if (wanted === undefined || wanted === shown) continue;
      checked += 1;
      const isKept = withheld.some((one) => one.identifier === identifier);
      const isTold = world.told.some(
        (one) => one.customerId === id && one.identifier === identifier,
      );
      if (!isKept || !isTold)
        throw new Error(`${identifier} of ${id} is left out untold: ${show(profile)}`);
    }
  }
  return checked;
};

export const checks: Readonly<Record<string, Check>> = {
  nobodysAddress,
  nobodysConsent,
  laterOptOut,
  everyCustomer,
  everyField,
  everyEvent,
  everyAddressOrReason,
};
