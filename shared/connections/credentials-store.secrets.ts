/** The credentials of the connections in Secrets Manager: one secret each. */
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { PassingError } from '../platform/passing-error.ts';
import { type Credentials, credentials, type OAuthApp, oauthApp, secretNames } from './contract.ts';

type Client = Pick<SecretsManagerClient, 'send'>;

export interface CredentialsStore {
  /** Undefined where the connection has no secret. */
  read(connectionId: string): Promise<Credentials | undefined>;
  write(connectionId: string, value: Credentials): Promise<void>;
  /** Deletes the secret at once, without the days in which it could be restored. */
  remove(connectionId: string): Promise<void>;
}

/** The parser's own errors quote what they read, so they go no further. */
const parseSecret = <T>(parse: (value: unknown) => T, text: string, what: string): T => {
  try {
    return parse(JSON.parse(text));
  } catch {
    // A person can mend it; until then what needs it is tried again.
    throw new PassingError(`the secret of ${what} does not hold what it should`);
  }
};

const textOf = async (client: Client, name: string): Promise<string | undefined> => {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString ?? '';
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    if (error instanceof InvalidRequestException) return undefined; // it is about to be deleted
    throw error;
  }
};

export const createCredentialsStore = ({
  client,
  prefix,
}: {
  readonly client: Client;
  /** The stage's `SECRET_NAME_PREFIX`. */
  readonly prefix: string;
}): CredentialsStore => {
  const nameOf = (connectionId: string) => prefix + secretNames.connection(connectionId);

  /** Whether there was a secret to put it into. */
  const put = async (name: string, SecretString: string): Promise<boolean> => {
    try {
      await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
      return true;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return false;
      throw error;
    }
  };

  return {
    async read(connectionId) {
      const text = await textOf(client, nameOf(connectionId));
      if (text === undefined) return undefined;
      return parseSecret((value) => credentials.parse(value), text, `connection ${connectionId}`);
    },
    async write(connectionId, value) {
      const name = nameOf(connectionId);
      const SecretString = JSON.stringify(value);
      if (await put(name, SecretString)) return;
      try {
        await client.send(new CreateSecretCommand({ Name: name, SecretString }));
      } catch (error) {
        if (!(error instanceof ResourceExistsException)) throw error;
        await put(name, SecretString); // somebody else was faster
      }
    },
    async remove(connectionId) {
      const SecretId = nameOf(connectionId);
      try {
        await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
};

/** How long an instance goes on with an app's credentials that may have been replaced since. */
const keptForMs = 300_000;

/** Reads the stage's OAuth app; undefined until an operator has stored one. */
export const createReadOAuthApp = ({
  client,
  prefix,
  now = Date.now,
}: {
  readonly client: Client;
  readonly prefix: string;
  /** @default the system's clock */
  readonly now?: () => number;
}): (() => Promise<OAuthApp | undefined>) => {
  let kept: { readonly app: OAuthApp; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && kept.untilMs > now()) return kept.app;
    const text = await textOf(client, prefix + secretNames.oauthApp);
    if (text === undefined) return undefined;
    const app = parseSecret((value) => oauthApp.parse(value), text, 'the OAuth app');
    kept = { app, untilMs: now() + keptForMs };
    return app;
  };
};
