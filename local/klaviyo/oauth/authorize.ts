import type { Page } from '../pages/frame.ts';
import type { Account } from '../state/account.ts';
import { consentPage, refusalPage } from './consent-page.ts';
import type { AuthorizationRequest, Grants, OAuthApp } from './grants.ts';

type AuthorizeAnswer =
  | { readonly status: number; readonly location: string }
  | { readonly page: Page };

export interface Authorize {
  /** `GET /oauth/authorize`: asks, or answers at once. */
  ask(parameters: URLSearchParams): AuthorizeAnswer;
  /** `POST /oauth/authorize`: the merchant has pressed a button. */
  decide(form: URLSearchParams): AuthorizeAnswer;
}

/** Who consents without being asked: an account's id, or nobody, whom `deny` stands for. */
export type AutoConsent = string | undefined;

const redirect = (uri: string, answer: Record<string, string>): AuthorizeAnswer => {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  return { status: 302, location: url.href };
};

const problemOf = (parameters: URLSearchParams, app: OAuthApp): [string, string] | undefined => {
  const scopes = parameters.get('scope')?.split(' ') ?? [];
  if (parameters.get('response_type') !== 'code') {
    return ['unsupported_response_type', 'The response type must be code.'];
  }
  if (!parameters.get('state')) return ['invalid_request', 'The state is missing.'];
  if (parameters.get('code_challenge_method') !== 'S256') {
    return ['invalid_request', 'The code challenge method must be S256.'];
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(parameters.get('code_challenge') ?? '')) {
    return ['invalid_request', 'The code challenge must be the hash of the verifier.'];
  }
  const allowed = scopes.every((scope) => scope !== '' && (app.scopes?.includes(scope) ?? true));
  return scopes.length > 0 && allowed ? undefined : ['invalid_scope', 'Not a scope of this app.'];
};

/** The authorize page of the simulated Klaviyo. */
export const createAuthorize = (options: {
  apps: readonly OAuthApp[];
  accounts: () => readonly Account[];
  grants: Grants;
  autoConsent: () => AutoConsent;
}): Authorize => {
  const { apps, accounts, grants, autoConsent } = options;

  const answer = (parameters: URLSearchParams, decision: string | null, accountId: string) => {
    const redirectUri = parameters.get('redirect_uri') ?? '';
    const state = parameters.get('state') ?? '';
    const account = accounts().find(({ id }) => id === accountId);
    if (decision !== 'allow' || !account) {
      const description = 'The user denied access.';
      return redirect(redirectUri, {
        error: 'access_denied',
        error_description: description,
        state,
      });
    }
    const request: AuthorizationRequest = {
      clientId: parameters.get('client_id') ?? '',
      redirectUri,
      scopes: parameters.get('scope')?.split(' ') ?? [],
      codeChallenge: parameters.get('code_challenge') ?? '',
    };
    return redirect(redirectUri, { code: grants.issueCode(request, account.id), state });
  };

  /** The answer where the request is no good: never a redirect to an address nobody registered. */
  const refusal = (parameters: URLSearchParams): AuthorizeAnswer | undefined => {
    const app = apps.find(({ clientId }) => clientId === parameters.get('client_id'));
    if (!app) return { page: refusalPage('The app is unknown.') };
    const redirectUri = parameters.get('redirect_uri') ?? '';
    if (!app.redirectUris.includes(redirectUri)) {
      return { page: refusalPage('The redirect URI is not registered.') };
    }
    const problem = problemOf(parameters, app);
    if (!problem) return undefined;
    const [error, error_description] = problem;
    const state = parameters.get('state');
    return redirect(redirectUri, { error, error_description, ...(state && { state }) });
  };

  const ask: Authorize['ask'] = (parameters) => {
    const refused = refusal(parameters);
    if (refused) return refused;
    const auto = autoConsent();
    if (auto !== undefined) return answer(parameters, auto === 'deny' ? 'deny' : 'allow', auto);
    const page = consentPage({
      clientId: parameters.get('client_id') ?? '',
      scopes: parameters.get('scope')?.split(' ') ?? [],
      accounts: accounts(),
      fields: parameters,
    });
    return { page };
  };

  const decide: Authorize['decide'] = (form) =>
    refusal(form) ?? answer(form, form.get('decision'), form.get('account') ?? '');

  return { ask, decide };
};
