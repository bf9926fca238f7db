import type { Account } from './account.ts';
import type { List } from './list-store.ts';
import { suppress, unsuppress } from './opt-out.ts';
import type { Profile } from './profile.ts';

/** Whether addresses are suppressed, or are no longer. */
export type SuppressionKind = 'create' | 'delete';

export interface SuppressionJob {
  readonly id: string;
  readonly kind: SuppressionKind;
  readonly createdMs: number;
  readonly listId: string | undefined;
  status: 'processing' | 'complete';
  totalCount: number;
  completedCount: number;
  skippedCount: number;
}

export interface SuppressionRequest {
  readonly kind: SuppressionKind;
  readonly emails: readonly string[];
  readonly list: List | undefined;
}

const reason = 'USER_SUPPRESSED';

/** Says whether there was anything to do. */
const apply = (account: Account, kind: SuppressionKind, profile: Profile): boolean => {
  const has = profile.suppressions.some((one) => one.reason === reason);
  if (has === (kind === 'create')) return false;
  if (kind === 'create') suppress(account, profile, { reason });
  else unsuppress(account, profile, reason);
  return true;
};

/** Who is meant. Suppressing makes profiles of unknown addresses. */
const targets = (account: Account, request: SuppressionRequest): (Profile | undefined)[] => {
  const { kind, emails, list } = request;
  if (list) return [...list.members.keys()].map((id) => account.profiles.get(id));
  return emails.map((email) => {
    const found = account.profiles.find('email', email);
    return found ?? (kind === 'create' ? account.profiles.create({ email }) : undefined);
  });
};

/** Suppressions in bulk, by account. */
const jobsOf = new WeakMap<Account, SuppressionJob[]>();

export const suppressionJobs = (account: Account, kind: SuppressionKind): SuppressionJob[] =>
  (jobsOf.get(account) ?? []).filter((job) => job.kind === kind);

/** Suppresses people a while later, or no longer. */
export const spawnSuppression = (account: Account, request: SuppressionRequest): SuppressionJob => {
  const job: SuppressionJob = {
    id: account.random.ulid(account.nowMs()),
    kind: request.kind,
    createdMs: account.nowMs(),
    listId: request.list?.id,
    status: 'processing',
    totalCount: 0,
    completedCount: 0,
    skippedCount: 0,
  };
  jobsOf.set(account, [...(jobsOf.get(account) ?? []), job]);
  account.later(account.delays.jobMs, () => {
    const found = targets(account, request);
    const done = found.filter((profile) => profile && apply(account, request.kind, profile));
    job.totalCount = found.length;
    job.completedCount = done.length;
    job.skippedCount = found.length - done.length;
    job.status = 'complete';
  });
  return job;
};
