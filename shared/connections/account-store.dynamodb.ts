/** Which Klaviyo account a connection belongs to: part of its settings, and never moved. */
import { connectionKeys } from '../platform/contract/tables.ts';
import { type Table, updateIf } from '../platform/table.dynamodb.ts';

export interface AccountStore {
  /**
   * Binds the connection to an account, by OAuth from now on. False, and nothing changed, where it
   * belongs to another account or does not exist.
   */
  claim(connectionId: string, accountId: string): Promise<boolean>;
  /** Lets the jobs of the connection flow, unless an operator has paused it. */
  open(connectionId: string): Promise<void>;
}

export const createAccountStore = (table: Table): AccountStore => ({
  async claim(connectionId, accountId) {
    const claimed = await updateIf(table, connectionKeys.settings(connectionId), {
      set: 'accountId = :accountId, #auth = :oauth',
      when: 'attribute_exists(pk) AND (attribute_not_exists(accountId) OR accountId = :accountId)',
      names: { '#auth': 'auth' },
      values: { ':accountId': accountId, ':oauth': 'oauth' },
    });
    return claimed !== undefined;
  },
  async open(connectionId) {
    await updateIf(table, connectionKeys.settings(connectionId), {
      set: '#status = :connected',
      when: 'attribute_exists(pk) AND #status <> :paused',
      names: { '#status': 'status' },
      values: { ':connected': 'connected', ':paused': 'paused' },
    });
  },
});
