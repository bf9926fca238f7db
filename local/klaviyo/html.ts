/** The simulator's few pages: plain, without scripts, and with every value escaped. */

interface Form {
  readonly action: string;
  readonly hidden: readonly (readonly [string, string])[];
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
}

type Part =
  | readonly ['h1' | 'p', string]
  | readonly ['list', readonly string[]]
  | readonly ['table', readonly (readonly string[])[]]
  | readonly ['form', Form];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => escapes[char] ?? '');

const form = ({ action, hidden, accounts }: Form): string => {
  const inputs = hidden.map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const options = accounts.map(
    ({ id, name }) => `<option value="${escaped(id)}">${escaped(name)} (${escaped(id)})</option>`,
  );
  return `<form method="post" action="${escaped(action)}">${inputs.join('')}
<p><label>Account <select name="account">${options.join('')}</select></label></p>
<p><button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></p></form>`;
};

const render = (part: Part): string => {
  if (part[0] === 'form') return form(part[1]);
  if (part[0] === 'list')
    return `<ul>${part[1].map((item) => `<li>${escaped(item)}`).join('')}</ul>`;
  if (part[0] === 'table') {
    const rows = part[1].map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}`).join('')}`);
    return `<table>${rows.join('')}</table>`;
  }
  return `<${part[0]}>${escaped(part[1])}</${part[0]}>`;
};

/** A whole page. */
export const html = (title: string, parts: readonly Part[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
td{padding-right:2rem}</style></head>
<body><main>${parts.map(render).join('\n')}</main></body></html>
`;
