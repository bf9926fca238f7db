import { html } from '../../../functions/oauth/pages/html.ts';
import { all, type Page } from '../pages/frame.ts';

export interface ConsentQuestion {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
  /** Sent back with the answer. */
  readonly fields: Iterable<readonly [string, string]>;
}

/** Asks the merchant: the two buttons of the form carry the answer. */
export const consentPage = ({ clientId, scopes, accounts, fields }: ConsentQuestion): Page => {
  const hidden = [...fields].map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const options = accounts.map(
    ({ id, name }) => html`<option value="${id}">${name} (${id})</option>`,
  );
  return {
    title: 'Allow access?',
    content: html`<p>The app ${clientId} asks for access to your account at the simulated Klaviyo:</p>
<ul>${all(scopes.map((scope) => html`<li>${scope}</li>`))}</ul>
<form method="post" action="/oauth/authorize">${all(hidden)}
<label>Account <select name="account">${all(options)}</select></label>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" class="second">Deny</button></form>`,
  };
};

/** Says why the merchant cannot even be asked. */
export const refusalPage = (reason: string): Page => ({
  title: 'Cannot connect',
  status: 400,
  content: html`<p>${reason}</p>`,
});
