/** What people read: each page says what happened and what to do next. */
import type { Account } from '../complete-connection.ts';
import { type Html, html } from './html.ts';
import type { Page } from './page.ts';

const askForLink = html`Ask the person who sent you the link for a new one.`;
const nothingChanged = html`Nothing was connected or changed.`;
const bad = (status: number, title: string, ...text: Page['text']): Page => ({
  status,
  tone: 'bad',
  title,
  text,
});

/** Offers another try where the link may still be used, and else says whom to ask. */
const again = (page: Page, url: string | undefined, advice = html``): Page =>
  url === undefined
    ? { ...page, text: [...page.text, askForLink] }
    : { ...page, text: [...page.text, advice], action: { label: 'Try again', url } };

const labelOf = ({ id, name }: Account): Html =>
  name === undefined ? html`<strong>${id}</strong>` : html`<strong>${name}</strong> (${id})`;

export const pages = {
  connected: (connectionId: string, account: Account): Page => ({
    status: 200,
    tone: 'good',
    title: 'Klaviyo is connected',
    text: [
      html`The Klaviyo account ${labelOf(account)} is now connected as <strong>${connectionId}</strong>.`,
      html`You can close this page.`,
    ],
  }),
  offered: (connectionId: string, leadsTo: string): Page => ({
    status: 200,
    tone: 'plain',
    title: 'Connect Klaviyo',
    text: [
      html`This connects a Klaviyo account as <strong>${connectionId}</strong>. Klaviyo asks you to sign in and to allow it.`,
    ],
    button: { label: 'Continue to Klaviyo', leadsTo },
  }),
  openYourself: {
    status: 200,
    tone: 'plain',
    title: 'Connect Klaviyo',
    text: [html`This page completes a connection, once. Open it in your browser.`],
  } satisfies Page as Page,
  linkUsed: bad(
    410,
    'This link no longer works',
    html`Each link works once, and this one has been used or was never valid.`,
    html`If Klaviyo has just been connected, all is well and you can close this page. If not, ask the person who sent you the link for a new one.`,
  ),
  linkExpired: bad(410, 'This link has expired', nothingChanged, askForLink),
  consentUnknown: {
    status: 400,
    tone: 'plain',
    title: 'This page cannot be used again',
    text: [
      html`It completes a connection that was started from a link, once. Either that has been done, or it was not started in this browser.`,
      html`If Klaviyo has just been connected, all is well and you can close this page. If not, ask the person who sent you the link for a new one.`,
    ],
  } satisfies Page as Page,
  consentExpired: bad(
    410,
    'That took too long',
    html`Klaviyo has to be allowed within ten minutes of opening the link. Nothing was connected or changed.`,
    askForLink,
  ),
  otherBrowser: bad(
    403,
    'This was started in another browser',
    html`Open the link and allow access in the same browser, with cookies enabled. Nothing was connected or changed.`,
    askForLink,
  ),
  declined: (retryUrl?: string): Page =>
    again(
      bad(
        403,
        'Access was not allowed',
        html`You chose not to allow access. Nothing was connected or changed.`,
      ),
      retryUrl,
      html`If that was a mistake, you can try again.`,
    ),
  refused: (retryUrl?: string): Page =>
    again(
      bad(400, 'Klaviyo did not confirm the connection', nothingChanged),
      retryUrl,
      html`Start again, and allow access without going back in the browser.`,
    ),
  otherAccount: (connectionId: string, account: Account, retryUrl?: string): Page =>
    again(
      bad(
        409,
        'This is another Klaviyo account',
        html`<strong>${connectionId}</strong> belongs to a Klaviyo account other than ${labelOf(account)}, and cannot be moved. Nothing was connected or changed.`,
      ),
      retryUrl,
      html`Switch to the right account in Klaviyo, then try again.`,
    ),
  unavailable: (retryUrl?: string): Page =>
    again(
      bad(
        503,
        'Klaviyo cannot be reached',
        html`Klaviyo did not answer as it should. Nothing was connected or changed.`,
      ),
      retryUrl,
      html`Wait a minute, then try again.`,
    ),
  notSetUp: bad(
    500,
    'Connecting is not set up',
    html`Klaviyo does not accept this integration as it is set up. Nothing was connected or changed.`,
    html`Tell the person who sent you the link: the log of the <strong>oauth</strong> function says what is missing.`,
  ),
  connectionGone: bad(
    410,
    'This connection no longer exists',
    html`It was removed after the link was made.`,
    askForLink,
  ),
  notFound: bad(
    404,
    'There is no such page',
    html`Open the link again, exactly as you were sent it.`,
  ),
  notAllowed: bad(405, 'This page can only be opened', html`Open the link in a browser.`),
  failed: bad(
    500,
    'Something went wrong',
    html`The fault is on our side, and has been recorded.`,
    askForLink,
  ),
} as const;
