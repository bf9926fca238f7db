/** The one loopback port behind which every AWS service of the host answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type LoopbackServer, readBody, startLoopbackServer } from './loopback-server.ts';
import type { Reply, Route } from './request-and-reply.ts';

/** Above AWS's largest request (DynamoDB's 16 MB), so that each service's own limit speaks first. */
const maxRequestBytes = 17 * 1024 * 1024;

const json = (statusCode: number, code: string, message: string): Reply => ({
  statusCode,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code },
  body: JSON.stringify({ __type: code, message }),
});

/**
 * A web page that the user has open can reach loopback too. It can neither set an Authorization
 * header without the browser asking first, nor pass as this host under a name of its own.
 */
const refuseWebPages = ({ headers }: IncomingMessage): Reply | undefined => {
  const name = headers.host?.replace(/:\d+$/, '') ?? '';
  if (!/^(127\.0\.0\.1|localhost)$/.test(name))
    return json(403, 'AccessDeniedException', `the host ${name} is not loopback`);
  if (headers.authorization === undefined)
    return json(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  return undefined;
};

const answer = async (incoming: IncomingMessage, signal: AbortSignal, routes: readonly Route[]) => {
  const refusal = refuseWebPages(incoming);
  if (refusal !== undefined) return refusal;
  const body = await readBody(incoming, maxRequestBytes);
  if (body === undefined) return json(413, 'RequestEntityTooLarge', 'the request is too large');
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const { method = 'GET', headers } = incoming;
  const request = { method, path: pathname, query: searchParams, headers, body, signal };
  const route = routes.find((candidate) => candidate.takes(request));
  if (route !== undefined) return route.handle(request);
  const what = headers['x-amz-target'] ?? `${method} ${pathname}`;
  return json(
    400,
    'UnknownOperationException',
    `local/aws does not run ${what}; it runs parts of SQS, DynamoDB, Secrets Manager and Lambda, and what cdk deploy needs`,
  );
};

const send = (outgoing: ServerResponse, { statusCode, headers, body }: Reply): void => {
  outgoing.writeHead(statusCode, { ...headers, 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
};

/** Listens on 127.0.0.1 and hands each request to the first route that takes it. */
export const startGateway = (routes: readonly Route[], port: number): Promise<LoopbackServer> =>
  startLoopbackServer(port, (incoming, outgoing) => {
    const hangUp = new AbortController();
    outgoing.once('close', () => outgoing.writableFinished || hangUp.abort());
    answer(incoming, hangUp.signal, routes)
      .then((reply) => send(outgoing, reply))
      .catch((error: unknown) => send(outgoing, json(500, 'InternalFailure', String(error))))
      .catch(() => outgoing.destroy());
  });
