import { html } from '../html.ts';

export interface ConsentQuestion {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
  /** Sent back with the answer. */
  readonly fields: Iterable<readonly [string, string]>;
}

/** Asks the merchant: the two buttons of the form carry the answer. */
export const consentPage = ({ clientId, scopes, accounts, fields }: ConsentQuestion): string =>
  html('Allow access?', [
    ['h1', 'Simulated Klaviyo'],
    ['p', `The app ${clientId} asks for access to your account.`],
    ['list', scopes],
    ['form', { action: '/oauth/authorize', hidden: [...fields], accounts }],
  ]);

/** Says why the merchant cannot even be asked. */
export const refusalPage = (reason: string): string =>
  html('Cannot connect', [
    ['h1', 'Simulated Klaviyo'],
    ['p', reason],
  ]);
