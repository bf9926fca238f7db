/** Requests and answers of the HTTP API, as far as the pages need them. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export interface PageRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly userAgent: string;
  /** The browser says that nobody has opened the page yet. */
  readonly speculative: boolean;
  readonly cookies: readonly string[];
}

export const toPageRequest = (event: APIGatewayProxyEventV2): PageRequest => {
  const { headers } = event;
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-moz'] ?? '';
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: new URLSearchParams(event.rawQueryString),
    userAgent: headers['user-agent'] ?? '',
    speculative: /prefetch|preview|prerender/i.test(purpose),
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

/** On every answer: nothing is kept, and no address with a ticket or a code in it goes elsewhere. */
export const privateHeaders = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

export const redirectTo = (url: URL, cookie: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 303,
  headers: { ...privateHeaders, location: url.href },
  cookies: [cookie],
});
