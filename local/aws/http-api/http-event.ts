/** The event that an HTTP API makes of a request: payload format 2.0. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface RoutedRequest {
  readonly incoming: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
  readonly apiId: string;
  readonly accountId: string;
  readonly stage: string;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
}

const textual = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded|.*\+(json|xml)))/;

/** Values of one name are joined by commas, as API Gateway does with headers and queries alike. */
const joined = (entries: Iterable<readonly [string, string]>): Record<string, string> => {
  const values: Record<string, string> = {};
  for (const [name, value] of entries)
    values[name] = values[name] === undefined ? value : `${values[name]},${value}`;
  return values;
};

const headersOf = ({ headersDistinct }: IncomingMessage) =>
  Object.entries(headersDistinct)
    .filter(([name]) => name !== 'cookie')
    .map(([name, values]) => [name, values?.join(',') ?? ''] as const);

const unlessEmpty = <T extends object>(name: string, value: T) =>
  Object.keys(value).length === 0 ? {} : { [name]: value };

const requestContextOf = (request: RoutedRequest) => {
  const { incoming, url, apiId, accountId, stage, routeKey } = request;
  const timeEpoch = Date.now();
  return {
    accountId,
    apiId,
    domainName: incoming.headers.host ?? '',
    domainPrefix: apiId,
    http: {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      protocol: `HTTP/${incoming.httpVersion}`,
      sourceIp: incoming.socket.remoteAddress ?? '',
      userAgent: incoming.headers['user-agent'] ?? '',
    },
    requestId: randomUUID(),
    routeKey,
    stage,
    time: new Date(timeEpoch).toUTCString(),
    timeEpoch,
  };
};

const bodyOf = ({ body, incoming }: RoutedRequest) => {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = textual.test(incoming.headers['content-type'] ?? 'text/plain');
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
};

export const toHttpEvent = (request: RoutedRequest) => {
  const { incoming, url, routeKey, pathParameters } = request;
  const cookies = (incoming.headers.cookie ?? '').split('; ').filter((cookie) => cookie !== '');
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...unlessEmpty('cookies', cookies),
    headers: joined(headersOf(incoming)),
    ...unlessEmpty('queryStringParameters', joined(url.searchParams)),
    ...unlessEmpty('pathParameters', pathParameters),
    requestContext: requestContextOf(request),
    ...bodyOf(request),
  };
};
