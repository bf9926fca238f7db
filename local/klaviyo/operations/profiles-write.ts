import * as z from 'zod';
import { invalid } from '../api-error.ts';
import { since, until } from '../body-validation.ts';
import { identifierProblems, refuseProblems, withoutBadPhone } from '../identifiers.ts';
import { fieldset } from '../query-rules.ts';
import { type Call, defineWrite, type QueryRule, type Reply } from '../route.ts';
import { noteCompany } from '../state/derived-properties.ts';
import type { Profile } from '../state/profile.ts';
import { importTarget } from '../state/resolve.ts';
import type { Precision } from './profile-attributes.ts';
import { patchMeta, profileAttributes } from './profile-body.ts';
import { additionalFields } from './profile-query.ts';
import { profileAt } from './profile-read.ts';
import { namedAlways, profileResource } from './profile-resource.ts';

const maxBodyBytes = 100_000;
const pointer = '/data/attributes';

/** Writes show additional fields from 2024-10-15 on, and let choose among all from 2026-01-15 on. */
const writeQuery: Readonly<Record<string, QueryRule>> = {
  'additional-fields[profile]': { ...additionalFields, since: '2024-10-15' },
  'fields[profile]': fieldset('profile', { since: '2026-01-15' }),
};

const facts = {
  tier: 'L',
  scopes: ['profiles:write'],
  resource: 'profile',
  query: writeQuery,
  maxBodyBytes,
} as const;

/** A new profile shows both times exactly, an imported one its change, an updated one neither. */
const answer = (
  call: Call,
  [status, precision]: readonly [number, Precision],
  profile: Profile,
  headers = {},
): Reply => {
  const data = profileResource(call, profile, { precision, named: namedAlways(call.served) });
  const links = call.served >= '2026-01-15' && { links: data.links };
  return { status, body: { data, ...links }, headers };
};

/** Makes a profile, where none has these identifiers yet. */
export const createProfile = defineWrite({
  ...facts,
  method: 'POST',
  path: '/api/profiles',
  body: (served) =>
    z.strictObject({
      data: z.strictObject({
        type: z.literal('profile'),
        attributes: z.strictObject(profileAttributes(served)),
      }),
    }),
  respond: (call, { data }) => {
    const rules = { lenient: true, required: true };
    refuseProblems(identifierProblems(data.attributes, pointer, rules));
    const { write, headers } = withoutBadPhone(data.attributes);
    return answer(call, [201, 'both'], call.account.profiles.create(write), headers);
  },
});

/** Changes a profile: null clears an attribute, absence leaves it. */
export const updateProfile = defineWrite({
  ...facts,
  method: 'PATCH',
  path: '/api/profiles/{id}',
  body: (served) =>
    z.strictObject({
      data: z.strictObject({
        type: z.literal('profile'),
        id: z.string(),
        attributes: z.strictObject({
          ...profileAttributes(served),
          anonymous_id: until(served, '2025-10-15', z.string().nullable()),
        }),
        meta: patchMeta(served).optional(),
      }),
    }),
  respond: (call, { data }) => {
    const profile = profileAt(call);
    if (data.id !== call.params.id) {
      throw invalid("'id' must be the id of the path.", { pointer: '/data/id' });
    }
    const identity = { ...data.attributes, id: data.id };
    refuseProblems(identifierProblems(identity, pointer, { lenient: false, required: false }));
    const { write, headers } = withoutBadPhone(data.attributes);
    const patch = data.meta?.patch_properties;
    call.account.profiles.update(profile, write, patch);
    if (patch && write.properties) noteCompany(profile, call.account.id);
    return answer(call, [200, 'none'], profile, headers);
  },
});

/** Makes or changes a profile, whichever it takes. */
export const createOrUpdateProfile = defineWrite({
  ...facts,
  method: 'POST',
  path: '/api/profile-import',
  since: '2024-02-15',
  body: (served) =>
    z.strictObject({
      data: z.strictObject({
        type: z.literal('profile'),
        id: z.string().nullable().optional(),
        attributes: z.strictObject({
          ...profileAttributes(served),
          _kx: z.string().nullable().optional(),
          anonymous_id: until(served, '2025-10-15', z.string().nullable()),
        }),
        meta: since(served, '2024-02-15', patchMeta(served)),
      }),
    }),
  respond: (call, { data }) => {
    const { id, attributes, meta } = data;
    const identity = { ...attributes, id: id ?? undefined };
    refuseProblems(identifierProblems(identity, pointer, { lenient: false, required: true }));
    const { write, headers } = withoutBadPhone(attributes);
    const target = importTarget(call.account, id, write);
    const profile = target ?? call.account.profiles.create(write);
    if (target || meta?.patch_properties) {
      call.account.profiles.update(profile, write, meta?.patch_properties);
    }
    return answer(call, target ? [200, 'updated'] : [201, 'both'], profile, headers);
  },
});
