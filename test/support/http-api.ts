/** API Gateway's HTTP API on a free port: requests become events, results become answers. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { toHttpEvent } from './http-event.ts';
import { contextWith } from './sqs-event.ts';

type Handler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

export interface TestHttpApi extends AsyncDisposable {
  readonly url: string;
  /** From then on requests are answered by this handler. */
  use(handler: Handler): void;
}

const headersOf = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** Listens before there is a handler, as a handler has to know its own public URL. */
export const startHttpApi = async (): Promise<TestHttpApi> => {
  let handler: Handler | undefined;
  const server = createServer(async (request, response) => {
    const { cookie, ...headers } = headersOf(request.headers);
    const result = await handler?.(
      toHttpEvent(request.url ?? '/', {
        method: request.method ?? 'GET',
        cookies: cookie === undefined ? [] : cookie.split('; '),
        headers,
      }),
      contextWith(29_000),
    );
    response.writeHead(result?.statusCode ?? 502, {
      ...(result?.headers as Record<string, string> | undefined),
      ...(result?.cookies && { 'set-cookie': result.cookies }),
    });
    response.end(result?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    use: (next) => {
      handler = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
