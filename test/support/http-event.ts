import type { APIGatewayProxyEventV2 } from 'aws-lambda';

export interface VisitOptions {
  readonly method?: string;
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as API Gateway's HTTP API hands it to a function. */
export const toHttpEvent = (
  address: string,
  { method = 'GET', cookies = [], headers = {} }: VisitOptions = {},
): APIGatewayProxyEventV2 => {
  const url = new URL(address, 'https://bridge.example');
  const query = Object.fromEntries(url.searchParams);
  return {
    version: '2.0',
    routeKey: `${method} ${url.pathname}`,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookies.length > 0 && { cookies: [...cookies] }),
    headers: { host: url.host, 'user-agent': 'Mozilla/5.0', ...headers },
    ...(url.search !== '' && { queryStringParameters: query }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: url.host,
      domainPrefix: 'api',
      http: {
        method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'Mozilla/5.0',
      },
      requestId: 'request',
      routeKey: `${method} ${url.pathname}`,
      stage: '$default',
      time: '23/Nov/2026:12:00:00 +0000',
      timeEpoch: 1_795_435_200_000,
    },
    isBase64Encoded: false,
  };
};
