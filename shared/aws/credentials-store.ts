/** The credentials of the connections in Secrets Manager: one secret each. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type Credentials, credentials, secretNames } from '../contracts/connection.ts';

export interface CredentialsStore {
  /** Undefined where the connection has no secret. */
  read(connectionId: string): Promise<Credentials | undefined>;
  write(connectionId: string, value: Credentials): Promise<void>;
}

/** The parser's own errors quote what they read, so they go no further. */
const parseCredentials = (connectionId: string, text: string): Credentials => {
  try {
    return credentials.parse(JSON.parse(text));
  } catch {
    throw new Error(`the secret of connection ${connectionId} does not hold valid credentials`);
  }
};

const isMissing = (error: unknown) => (error as Error).name === 'ResourceNotFoundException';

export const createCredentialsStore = ({
  client,
  prefix,
}: {
  readonly client: Pick<SecretsManagerClient, 'send'>;
  /** The stage's `SECRET_NAME_PREFIX`. */
  readonly prefix: string;
}): CredentialsStore => {
  const nameOf = (connectionId: string) => prefix + secretNames.connection(connectionId);
  return {
    async read(connectionId) {
      try {
        const { SecretString = '' } = await client.send(
          new GetSecretValueCommand({ SecretId: nameOf(connectionId) }),
        );
        return parseCredentials(connectionId, SecretString);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async write(connectionId, value) {
      const SecretString = JSON.stringify(value);
      const name = nameOf(connectionId);
      try {
        await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
      } catch (error) {
        if (!isMissing(error)) throw error;
        await client.send(new CreateSecretCommand({ Name: name, SecretString }));
      }
    },
  };
};
