import * as z from 'zod';
import { invalid, missing } from '../api-error.ts';
import { defineWrite } from '../route.ts';
import { deleteProfile } from '../state/removal.ts';

const text = z.string().nullable().optional();
const pointer = '/data/attributes/profile/data';

/** Deletes a person for good, a while later. */
export const requestProfileDeletion = defineWrite({
  method: 'POST',
  path: '/api/data-privacy-deletion-jobs',
  tier: 'S',
  scopes: ['data-privacy:write'],
  resource: 'data-privacy-deletion-job',
  body: () =>
    z.strictObject({
      data: z.strictObject({
        type: z.literal('data-privacy-deletion-job'),
        attributes: z.strictObject({
          profile: z.strictObject({
            data: z.strictObject({
              type: z.literal('profile'),
              id: text,
              attributes: z.strictObject({ email: text, phone_number: text }),
            }),
          }),
        }),
      }),
    }),
  respond: ({ account }, { data }) => {
    const { id, attributes } = data.attributes.profile.data;
    const given = Object.entries({ id, ...attributes }).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    );
    const [[name, value] = ['', ''], ...more] = given;
    if (name === '' || more.length > 0) {
      const detail = "Exactly one of 'id', 'email' and 'phone_number' is required.";
      throw invalid(detail, { pointer });
    }
    const { profiles } = account;
    const profile =
      name === 'id'
        ? profiles.get(value)
        : profiles.find(name === 'email' ? 'email' : 'phone_number', value);
    if (!profile) {
      const detail = `No profile with ${name} "${value}" found.  The profile may have already been deleted.`;
      throw missing(detail);
    }
    account.later(account.delays.jobMs, () => {
      if (profiles.get(profile.id) === profile) deleteProfile(account, profile);
    });
    return { status: 202 };
  },
});
