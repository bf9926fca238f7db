/** Whether the grant on an account is another connection's too: revoking removes the whole app. */
import type { ConnectionSettings } from './contract.ts';

export interface SharedGrantOptions {
  readonly listSettings: () => AsyncIterable<ConnectionSettings>;
}

/**
 * By the settings, which the pages may read and secrets they may not: whoever has no tokens that
 * work needs authorisation. Looks at this stage alone: one that shares its app with another stage
 * cannot know of that one.
 */
export const createIsGrantShared =
  ({ listSettings }: SharedGrantOptions) =>
  async (connectionId: string, accountId: string): Promise<boolean> => {
    for await (const other of listSettings())
      if (
        other.connectionId !== connectionId &&
        other.accountId === accountId &&
        other.auth === 'oauth' &&
        other.status !== 'needs_authorisation'
      )
        return true;
    return false;
  };
