/** Connects nobody yet: a page says so, and what to do instead. */
export const handler = async () => ({
  statusCode: 503,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body: 'Connecting through Klaviyo is not available in this version. Use a private API key.\n',
});
