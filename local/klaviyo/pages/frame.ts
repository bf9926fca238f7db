/** The frame of every page of the simulator: no scripts, nothing from elsewhere. */
import { createHash } from 'node:crypto';
import { type Html, html } from '../../../functions/oauth/pages/html.ts';
import type { Outgoing } from '../http-messages.ts';

export interface Place {
  readonly links: readonly (readonly [name: string, path: string])[];
  /** The name of the link that leads here. */
  readonly here: string;
}

export interface Page {
  readonly title: string;
  readonly content: Html;
  /** Where in the simulator the page is. @default nowhere: for a merchant, without navigation */
  readonly place?: Place;
  /** @default 200 */
  readonly status?: number;
}

const style = `
:root { color-scheme: light dark; --ink: #1d2430; --quiet: #4d586a; --paper: #fff; --ground: #f3f5f8; --line: #d8dee8; --good: #11683a; --bad: #a3271c; --link: #1f4fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9edf3; --quiet: #aeb9c9; --paper: #1b212b; --ground: #11151c; --line: #333d4c; --good: #6fd39c; --bad: #ff9d90; --link: #9dc1ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
header, main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
a[aria-current] { color: inherit; font-weight: 600; }
header nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
main { margin-bottom: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; }
main.narrow { max-width: 32rem; margin-top: 3rem; padding: 1.5rem; border-top: .375rem solid var(--link); }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 2rem 0 .5rem; font-size: 1.125rem; }
a { color: var(--link); }
.quiet { color: var(--quiet); } .good { color: var(--good); } .bad { color: var(--bad); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 1rem; }
form > * { max-width: 100%; } label { display: block; font-weight: 600; }
input, select, button { font: inherit; padding: .5rem .75rem; border: 1px solid var(--quiet); border-radius: .375rem; background: var(--paper); color: var(--ink); max-width: 100%; }
button { background: var(--link); border-color: var(--link); color: var(--paper); font-weight: 600; }
button.second { background: var(--paper); color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; }
pre { margin: .25rem 0 1rem; padding: .75rem; background: var(--ground); border-radius: .375rem; white-space: pre-wrap; font-size: .875rem; }
details { border-bottom: 1px solid var(--line); } summary { padding: .5rem 0; cursor: pointer; }
@media (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td { padding: 0; border: 0; } td::before { content: attr(data-name) ": "; color: var(--quiet); }
  dl { display: block; } dd { margin-bottom: .5rem; }
}
`;

const securityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Several pieces, one after the other. */
export const all = (pieces: readonly Html[]): Html => ({
  html: pieces.map((piece) => piece.html).join('\n'),
});

const navigation = ({ links, here }: Place): Html => {
  const items = links.map(([name, path]) =>
    name === here
      ? html`<li><a href="${path}" aria-current="true">${name}</a></li>`
      : html`<li><a href="${path}">${name}</a></li>`,
  );
  return html`<header><nav aria-label="Pages"><ul>${all(items)}</ul></nav></header>`;
};

const documentOf = ({ title, content, place }: Page): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Simulated Klaviyo</title>
<style>${{ html: style }}</style>
</head>
<body>
${place && navigation(place)}
<main class="${place ? 'wide' : 'narrow'}">
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.html;

/** A page as it is sent. */
export const toOutgoing = (page: Page): Outgoing => ({
  status: page.status ?? 200,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': securityPolicy,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  },
  body: documentOf(page),
});
