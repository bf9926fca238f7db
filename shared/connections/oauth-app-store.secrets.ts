import { PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { OAuthApp } from './contract.ts';

/** Stores the stage's OAuth app in the secret that the stack has made for it. */
export const createWriteOAuthApp =
  ({
    client,
    secretName,
  }: {
    readonly client: Pick<SecretsManagerClient, 'send'>;
    readonly secretName: string;
  }) =>
  async (app: OAuthApp): Promise<void> => {
    const SecretString = JSON.stringify(app);
    await client.send(new PutSecretValueCommand({ SecretId: secretName, SecretString }));
  };
