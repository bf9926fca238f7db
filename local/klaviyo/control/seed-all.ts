import { ApiError } from '../api-error.ts';
import { type Account, type SeedProfile, seedProfile } from '../state/account.ts';
import type { Profile } from '../state/profile.ts';
import { ControlRefusal } from './operation.ts';

/** Puts all profiles into the account, or none. */
export const seedAll = (account: Account, seeds: readonly SeedProfile[]): Profile[] => {
  const made: Profile[] = [];
  const refuse = (status: number, message: string): never => {
    for (const profile of made) account.profiles.remove(profile);
    throw new ControlRefusal(status, `profiles.${made.length}.${message}`);
  };
  for (const seed of seeds) {
    const unknown = seed.lists?.find((id) => !account.lists.get(id));
    if (unknown !== undefined) refuse(404, `lists: there is no list ${unknown}`);
    if (seed.id !== undefined && account.profiles.get(seed.id)) {
      refuse(409, `id: there is a profile ${seed.id} already`);
    }
    try {
      made.push(seedProfile(account, seed));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refuse(error.status, `attributes: ${error.problems[0]?.detail}`);
    }
  }
  return made;
};
