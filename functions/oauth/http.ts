/** Requests and answers of the HTTP API, as far as the pages need them. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export interface PageRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The browser says that nobody has opened the page yet. */
  readonly speculative: boolean;
  /** The browser says that the page which led here is another site's. */
  readonly fromElsewhere: boolean;
  readonly cookies: readonly string[];
}

export const toPageRequest = (event: APIGatewayProxyEventV2): PageRequest => {
  const { headers } = event;
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-moz'] ?? '';
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: new URLSearchParams(event.rawQueryString),
    speculative: /prefetch|preview|prerender/i.test(purpose),
    fromElsewhere: (headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin',
    cookies: event.cookies ?? [],
  };
};

/** A parameter that is there exactly once. */
export const only = (query: URLSearchParams, name: string): string | undefined => {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
};

/**
 * The browser that was sent to Klaviyo. The prefix makes browsers refuse it without TLS, from
 * another host, or from a subdomain; `Lax` lets it come along when Klaviyo sends the browser back.
 */
const cookieName = '__Host-klaviyo-bridge';

export const browserCookie = {
  of: ({ cookies }: PageRequest): string | undefined => {
    const values = cookies.filter((cookie) => cookie.startsWith(`${cookieName}=`));
    return values.length === 1 ? values[0]?.slice(cookieName.length + 1) : undefined;
  },
  set: (value: string, maxAgeSeconds: number): string =>
    `${cookieName}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}`,
};

/** What a page could ask a browser for. None of ours does. */
const unusedFeatures = [
  'accelerometer',
  'camera',
  'clipboard-read',
  'clipboard-write',
  'display-capture',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'publickey-credentials-get',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
];

/**
 * On every answer: nothing is kept, no address with a ticket or a code in it goes elsewhere, the
 * host is only ever asked over TLS, and no other page holds a handle on this one.
 */
export const privateHeaders = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': unusedFeatures.map((feature) => `${feature}=()`).join(', '),
  'referrer-policy': 'no-referrer',
  'strict-transport-security': `max-age=${2 * 365 * 86_400}; includeSubDomains`,
  'x-content-type-options': 'nosniff',
} as const;

export const redirectTo = (url: URL, cookie: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 303,
  headers: { ...privateHeaders, location: url.href },
  cookies: [cookie],
});
