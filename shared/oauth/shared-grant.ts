/** Whether the grant on an account is another connection's too: revoking removes the whole app. */
import type { ConnectionSettings, Credentials } from '../contracts/connection.ts';

export interface SharedGrantOptions {
  readonly listSettings: () => AsyncIterable<ConnectionSettings>;
  readonly readCredentials: (connectionId: string) => Promise<Credentials | undefined>;
}

/** Looks at the connections of this stage: each stage has an OAuth app of its own. */
export const createIsGrantShared =
  ({ listSettings, readCredentials }: SharedGrantOptions) =>
  async (connectionId: string, accountId: string): Promise<boolean> => {
    for await (const other of listSettings())
      if (
        other.connectionId !== connectionId &&
        other.accountId === accountId &&
        other.auth === 'oauth' &&
        (await readCredentials(other.connectionId)) !== undefined
      )
        return true;
    return false;
  };
