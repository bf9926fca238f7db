/** Where credentials may be sent. */

/** Where Klaviyo serves its API and its tokens: each host more would be one to trust. */
const klaviyoOrigin = 'https://a.klaviyo.com';

/** An origin, and at most a path: user info, a query or a fragment would be lost or misread. */
const plainUrl = /^https?:\/\/[^\s/?#@\\]+(\/[\w.~-]*)*$/i;

export const isPlainUrl = (apiUrl: string): boolean =>
  plainUrl.test(apiUrl) && URL.canParse(apiUrl);

/** Klaviyo itself, over TLS, on the usual port. */
export const isKlaviyoUrl = (apiUrl: string): boolean => {
  const url = isPlainUrl(apiUrl) ? new URL(apiUrl) : undefined;
  return url?.origin === klaviyoOrigin && url.pathname === '/';
};

/** Whether credentials may be sent there: to Klaviyo, or anywhere on a stage that says so. */
export const isAllowedUrl = (apiUrl: string, allowAnyApiUrl: boolean): boolean =>
  allowAnyApiUrl ? isPlainUrl(apiUrl) : isKlaviyoUrl(apiUrl);
