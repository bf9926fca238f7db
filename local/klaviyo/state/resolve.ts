import { duplicateProfile, notFound } from '../api-error.ts';
import type { Account } from './account.ts';
import { identifiersOf, type Profile, type ProfileWrite } from './profile.ts';

/**
 * The one profile that an import means: by id, or by any identifier that it gives; none where it
 * would be new.
 * @throws ApiError 404 for an unknown id, 409 where identifiers belong to two profiles.
 */
export const importTarget = (
  { profiles }: Account,
  id: string | null | undefined,
  write: ProfileWrite,
): Profile | undefined => {
  const byId = typeof id === 'string' ? profiles.get(id) : undefined;
  if (typeof id === 'string' && !byId) throw notFound('profile', id);
  const byKx = typeof write._kx === 'string' ? profiles.findByKx(write._kx) : undefined;
  const found = [...profiles.owners(identifiersOf(write)), ...(byKx ? [byKx] : [])];
  const [first, second] = new Set(found);
  const other = byId ? found.find((owner) => owner !== byId) : second && first;
  if (other) throw duplicateProfile(other.id);
  return byId ?? first;
};
