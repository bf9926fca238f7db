/** The frame of every page: one column, no scripts, nothing from elsewhere. */
import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { privateHeaders } from '../http.ts';
import { type Html, html } from './html.ts';

/** `good`: done. `bad`: refused. `plain`: neither yet. */
type Tone = 'good' | 'bad' | 'plain';

export interface Page {
  readonly status: number;
  readonly tone: Tone;
  readonly title: string;
  /** Paragraphs: what happened, then what to do. */
  readonly text: readonly Html[];
  /** Where to go on from the page, where there is a way. */
  readonly action?: { readonly label: string; readonly url: string } | undefined;
  /** Posts to the page's own address, which sends the browser to this origin. */
  readonly button?: { readonly label: string; readonly leadsTo: string } | undefined;
}

const style = `
:root { color-scheme: light dark; --ink: #1d2430; --paper: #fff; --ground: #f3f5f8; --line: #d8dee8; --good: #11683a; --bad: #a3271c; --plain: #1f4fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9edf3; --paper: #1b212b; --ground: #11151c; --line: #333d4c; --good: #6fd39c; --bad: #ff9d90; --plain: #9dc1ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; justify-content: center; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 32rem; margin: 0 auto; padding: 1.75rem 1.5rem; background: var(--paper); border: 1px solid var(--line); border-top: .375rem solid var(--tone); border-radius: .5rem; overflow-wrap: anywhere; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .plain { --tone: var(--plain); }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; color: var(--tone); }
p { margin: 0 0 .75rem; } p:last-child { margin-bottom: 0; }
.action { display: inline-block; margin-top: .5rem; padding: .75rem 1.25rem; border: 0; border-radius: .375rem; background: var(--plain); color: var(--paper); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
.action:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** Browsers hold a form to its policy over redirects too, so the way to Klaviyo is in it. */
const securityPolicyOf = ({ button }: Page): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "base-uri 'none'",
    `form-action ${button === undefined ? "'none'" : `'self' ${button.leadsTo}`}`,
    "frame-ancestors 'none'",
  ].join('; ');

const documentOf = ({ tone, title, text, action, button }: Page): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${{ html: style }}</style>
</head>
<body class="${tone}">
<main>
<h1>${title}</h1>
${{ html: text.map((paragraph) => `<p>${paragraph.html}</p>`).join('\n') }}
${action && html`<p><a class="action" href="${action.url}">${action.label}</a></p>`}
${button && html`<form method="post"><button class="action">${button.label}</button></form>`}
</main>
</body>
</html>
`.html;

/** A page as the HTTP API sends it; `cookie` goes along where there is one. */
export const toAnswer = (page: Page, cookie?: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode: page.status,
  headers: {
    ...privateHeaders,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': securityPolicyOf(page),
  },
  ...(cookie === undefined ? {} : { cookies: [cookie] }),
  body: documentOf(page),
});
