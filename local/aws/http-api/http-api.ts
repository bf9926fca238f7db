/** An HTTP API on a loopback port of its own, which stands in for its domain. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, startLoopbackServer } from '../gateway/loopback-server.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import { toHttpEvent } from './http-event.ts';
import { type HttpReply, plainReply, toHttpReply } from './http-response.ts';
import { findRoute } from './route-matching.ts';

interface HttpApiRoute {
  /** `GET /orders/{id}`. */
  readonly key: string;
  readonly target: LambdaFunction;
}

export interface HttpApi {
  readonly id: string;
  /** The origin, without a trailing slash. */
  readonly endpoint: string;
  addRoute(route: HttpApiRoute): void;
  addStage(name: string): void;
  close(): Promise<void>;
}

/** API Gateway's limits on a request's body and on the time of an integration. */
const maxBodyBytes = 10 * 1024 * 1024;
const integrationTimeoutMs = 30_000;

const defaultStage = '$default';

/** The stage that a path names, and the path within it; `$default` has none in its paths. */
const findStage = (stages: ReadonlySet<string>, path: string) => {
  const [, first = ''] = path.split('/');
  if (stages.has(first)) return { stage: first, path: path.slice(first.length + 1) || '/' };
  return stages.has(defaultStage) ? { stage: defaultStage, path } : undefined;
};

const invoke = async (target: LambdaFunction, event: unknown): Promise<HttpReply> => {
  const timeout = Promise.withResolvers<HttpReply>();
  const late = () => timeout.resolve(plainReply(503, 'Service Unavailable'));
  const timer = setTimeout(late, integrationTimeoutMs);
  const invocation = target
    .invoke(JSON.stringify(event))
    .then((result) =>
      result.ok ? toHttpReply(result.payload) : plainReply(500, 'Internal Server Error'),
    );
  const reply = await Promise.race([invocation, timeout.promise]);
  clearTimeout(timer);
  return reply;
};

const send = (outgoing: ServerResponse, { statusCode, headers, body }: HttpReply): void => {
  outgoing.writeHead(statusCode, headers as NodeJS.Dict<string | string[]>);
  outgoing.end(body);
};

export interface HttpApiOptions {
  readonly id: string;
  readonly port: number;
  readonly accountId: string;
}

/** Listens, and answers with 404 until it has stages and routes. */
export const startHttpApi = async ({ id, port, accountId }: HttpApiOptions): Promise<HttpApi> => {
  const routes: HttpApiRoute[] = [];
  const stages = new Set<string>();

  const answer = async (incoming: IncomingMessage): Promise<HttpReply> => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    const staged = findStage(stages, url.pathname);
    const match = staged && findRoute(routes, incoming.method ?? 'GET', staged.path);
    if (staged === undefined || match === undefined) return plainReply(404, 'Not Found');
    const body = await readBody(incoming, maxBodyBytes);
    if (body === undefined) return plainReply(413, 'Request Entity Too Large');
    const { route, pathParameters } = match;
    const { stage } = staged;
    const routed = { incoming, url, body, apiId: id, accountId, stage, pathParameters };
    return invoke(route.target, toHttpEvent({ ...routed, routeKey: route.key }));
  };
  const server = await startLoopbackServer(port, (incoming, outgoing) => {
    answer(incoming)
      .then((reply) => send(outgoing, reply))
      .catch(() => send(outgoing, plainReply(500, 'Internal Server Error')))
      .catch(() => outgoing.destroy());
  });

  return {
    id,
    endpoint: `http://127.0.0.1:${server.port}`,
    addRoute: (route) => routes.push(route),
    addStage: (name) => stages.add(name),
    close: server.close,
  };
};
