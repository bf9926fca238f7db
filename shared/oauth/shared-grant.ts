/** Whether the grant on an account is another connection's too: revoking removes the whole app. */
import type { ConnectionSettings, Credentials } from '../contracts/connection.ts';

export interface SharedGrantOptions {
  readonly listSettings: () => AsyncIterable<ConnectionSettings>;
  /** Left out by who may not read secrets: then a connection counts whether it has its tokens or not. */
  readonly readCredentials?: (connectionId: string) => Promise<Credentials | undefined>;
}

/** Looks at this stage alone: a stage that shares its app with another cannot know of that one. */
export const createIsGrantShared =
  ({ listSettings, readCredentials }: SharedGrantOptions) =>
  async (connectionId: string, accountId: string): Promise<boolean> => {
    for await (const other of listSettings())
      if (
        other.connectionId !== connectionId &&
        other.accountId === accountId &&
        other.auth === 'oauth' &&
        (readCredentials === undefined || (await readCredentials(other.connectionId)) !== undefined)
      )
        return true;
    return false;
  };
