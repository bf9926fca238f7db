/** The last calls, with what was asked and answered. */
import { type Html, html } from '../../../functions/oauth/pages/html.ts';
import { maxRecentCalls, type RecentCall } from '../call-log.ts';
import { homePlace } from './account-pages.ts';
import { all, type Page } from './frame.ts';
import { pagePart, searchable, time, type Wanted } from './pieces.ts';

const indented = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // no JSON, or only the beginning of it
  }
};

const body = (name: string, text: string): Html =>
  text === ''
    ? html`<p class="quiet">${name}: empty</p>`
    : html`<h2>${name}</h2><pre>${indented(text)}</pre>`;

const shownCall = (call: RecentCall): Html => {
  const { status, endpoint, account = 'no account', atMs, tookMs, method, path } = call;
  const tone = status > 0 && status < 400 ? 'good' : 'bad';
  const answer = status === 0 ? 'reset' : String(status);
  return html`<details><summary><strong class="${tone}">${answer}</strong> ${endpoint}
<span class="quiet">${account}, ${time(atMs)}, ${String(Math.round(tookMs))} ms</span></summary>
<p>${method} ${path}</p>
${body('Request', call.request)}
${body('Answer', call.answer)}</details>`;
};

const holds = (call: RecentCall, words: string): boolean => {
  const { status, endpoint, account = '', path, request, answer } = call;
  const text = [status, endpoint, account, path, request, answer].join('\n').toLowerCase();
  return text.includes(words.trim().toLowerCase());
};

export const callsPage = (recent: readonly RecentCall[], wanted: Wanted): Page => {
  const found = recent.filter((call) => holds(call, wanted.words));
  const { total, items } = pagePart(found, wanted);
  return {
    title: 'Calls',
    place: homePlace('Calls'),
    content: html`<p class="quiet">The last ${String(maxRecentCalls)} calls, the newest first. Credentials and tokens are not kept.</p>
${searchable('/calls', 'calls', wanted, total, all(items.map(shownCall)))}`,
  };
};
