const klaviyoHost = /(^|\.)klaviyo\.com$/;

/** Whether credentials may be sent there: Klaviyo itself, over TLS, on the usual port. */
export const isKlaviyoUrl = (apiUrl: string): boolean => {
  const { protocol, hostname, port } = new URL(apiUrl);
  return protocol === 'https:' && port === '' && klaviyoHost.test(hostname);
};
