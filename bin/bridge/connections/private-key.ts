/** A private key: where it comes from, and whose it is. */
import type { ConnectionSettings } from '../../../shared/connections/contract.ts';
import { toConnection } from '../../../shared/connections/find-connection.ts';
import { endpoints } from '../../../shared/klaviyo/index.ts';
import { askSecret, readStandardInput } from '../ask.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import type { OpenedStage } from '../open-stage.ts';
import type { Terminal } from '../terminal.ts';

export interface PrivateKeyOptions {
  readonly privateKeyStdin?: boolean;
}

/** Klaviyo's private keys all begin alike, and its public ones do not. */
const privateKey = /^pk_[\x21-\x7e]+$/;

/** @throws UsageFailure when what was given cannot be a private key; it is not quoted. */
export const readPrivateKey = async (
  terminal: Terminal,
  { privateKeyStdin }: PrivateKeyOptions,
): Promise<string> => {
  const key = privateKeyStdin
    ? await readStandardInput()
    : await askSecret(
        terminal,
        'Private API key',
        'give the key on standard input with --private-key-stdin',
      );
  if (!privateKey.test(key))
    throw new UsageFailure('that is not a private API key: Klaviyo gives them as pk_ and letters');
  return key;
};

/** Time for one call, in which the shared limits may make it wait. */
const patienceMs = 60_000;

export interface KlaviyoAccount {
  readonly accountId: string;
  readonly name: string | undefined;
}

/**
 * Asks Klaviyo whose key it is, by the settings that the connection will have.
 * @throws KlaviyoError when Klaviyo refuses it.
 */
export const accountOf = async (
  { klaviyo, permits }: OpenedStage,
  settings: ConnectionSettings,
  key: string,
): Promise<KlaviyoAccount> => {
  const connection = toConnection(settings, async () => `Klaviyo-API-Key ${key}`);
  try {
    const { items } = await klaviyo.call(endpoints.getAccounts, {}, connection.klaviyo, {
      notAfterMs: Date.now() + patienceMs,
    });
    const [account] = items;
    if (account === undefined) throw new CommandFailure('Klaviyo names no account for this key');
    const name = account.attributes.contact_information?.organization_name ?? undefined;
    return { accountId: account.id, name };
  } finally {
    await permits.flush().catch(() => undefined); // unwritten receipts only cost throughput
  }
};
