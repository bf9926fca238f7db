/** Connections by OAuth whose tokens live for seconds: merchants who have all just consented. */
import { PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { KlaviyoSimulator } from '../../local/klaviyo/simulator.ts';
import type { Credentials } from '../../shared/connections/contract.ts';
import { createKlaviyoOAuth, scopes } from '../../shared/klaviyo/index.ts';
import { createFreePermits } from './free-permits.ts';

const redirectUri = 'http://127.0.0.1/oauth/callback';
const codeVerifier = 'v'.repeat(43);
const app = { clientId: 'fault-app', clientSecret: 'fault-secret' };

/**
 * What the simulator has to know of it. Refresh tokens stay as they are, as Klaviyo's do: had one
 * been exchanged in an answer that was lost, only its merchant could help.
 */
export const oauthOf = (tokenSeconds: number) => ({
  oauthApps: [{ ...app, redirectUris: [redirectUri] }],
  oauth: { expiresInSeconds: tokenSeconds },
});

export const storeApp = async (secrets: SecretsManagerClient, name: string): Promise<void> => {
  const SecretString = JSON.stringify(app);
  await secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
};

/** The tokens of a shop whose merchant consents at once. */
export const consentOf = async (klaviyo: KlaviyoSimulator, shop: string): Promise<Credentials> => {
  klaviyo.setAutoConsent(shop);
  const oauth = createKlaviyoOAuth({ permits: createFreePermits().permits, allowAnyApiUrl: true });
  const consent = { apiUrl: klaviyo.url, clientId: app.clientId, redirectUri, codeVerifier };
  const url = await oauth.authorizeUrl({ ...consent, scopes, state: 's' });
  const location = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
  const code = new URL(location).searchParams.get('code') ?? '';
  const request = { apiUrl: klaviyo.url, app, quotaScope: shop, notAfterMs: Date.now() + 5_000 };
  const tokens = await oauth.exchangeCode(request, { code, codeVerifier, redirectUri });
  return { kind: 'oauth', ...tokens, refreshToken: tokens.refreshToken ?? '' };
};
