/** Forgets accounts whose connections were removed, page by page, in the time that a run has left. */
import { type ConnectionSettings, memoryKeyOf } from '../../shared/connections/contract.ts';
import type { Forgetting, ForgettingStore } from '../../shared/people/contract/forgetting.ts';
import type { Logger } from '../../shared/platform/logger.ts';

export interface ForgetAccountsOptions {
  readonly forgetting: Omit<ForgettingStore, 'ask'>;
  readonly readSettings: (connectionId: string) => Promise<ConnectionSettings | undefined>;
  readonly logger: Logger;
  readonly now: () => number;
}

export type ForgetAccounts = (notAfterMs: number) => Promise<void>;

/** Functions go on with a connection for half a minute, and with its jobs for another. */
const inUseMs = 120_000;

export const createForgetAccounts = ({
  forgetting,
  readSettings,
  logger,
  now,
}: ForgetAccountsOptions): ForgetAccounts => {
  const labelsOf = ({ memoryKey }: Forgetting) => {
    const [connectionId = '', accountId = ''] = memoryKey.split('/');
    return { connectionId, accountId };
  };

  /** The same connection is there again, with the same account. */
  const isWantedBack = async (one: Forgetting): Promise<boolean> => {
    const settings = await readSettings(labelsOf(one).connectionId);
    return settings !== undefined && memoryKeyOf(settings) === one.memoryKey;
  };

  const forget = async (asked: Forgetting, notAfterMs: number): Promise<void> => {
    let rest: Forgetting | undefined = asked;
    while (rest !== undefined && now() < notAfterMs) {
      if (await isWantedBack(rest)) return forgetting.cancel(rest.memoryKey);
      rest = await forgetting.forgetPage(rest);
    }
    if (rest === undefined) logger.info('an account was forgotten', labelsOf(asked));
  };

  return async (notAfterMs) => {
    try {
      for (const one of await forgetting.list())
        if (now() - one.askedAtMs >= inUseMs) await forget(one, notAfterMs);
    } catch (error) {
      // Nothing depends on it: what was remembered of the account is not found any more.
      logger.warn('an account is not forgotten yet', {}, error);
    }
  };
};
