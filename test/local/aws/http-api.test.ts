import { request } from 'node:http';
import { HttpApi, HttpMethod, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../support/local-stack.ts';

const source = `
const answers = {
  event: (event) => event,
  cookies: () => ({ statusCode: 302, headers: { Location: 'https://example.com/a' }, cookies: ['a=1; HttpOnly', 'b=2'] }),
  multi: () => ({ statusCode: 200, multiValueHeaders: { 'X-One': ['1', '2'] }, headers: { 'X-Number': 7 }, body: 'ok' }),
  binary: () => ({ statusCode: 200, headers: { 'content-type': 'image/png' }, isBase64Encoded: true, body: 'AAH/' }),
  text: () => 'just text',
  page: () => ({ statusCode: 201, headers: { 'Content-Type': 'text/html' }, body: '<p>Zoë</p>' }),
  malformed: () => ({ statusCode: 'none' }),
  unsafe: () => ({ statusCode: 200, headers: { 'x-bad': 'a\\r\\nb' } }),
  fail: () => { throw new Error('secret detail'); },
};
export const handler = async (event) => answers[event.queryStringParameters?.answer ?? 'event'](event);
`;

let local: LocalStack;
let origin: string;
beforeAll(async () => {
  local = await startLocalStack(({ stack, addFunction }) => {
    const integration = new HttpLambdaIntegration('Integration', addFunction('Pages', source));
    const api = new HttpApi(stack, 'Api');
    new HttpStage(stack, 'Test', { httpApi: api, stageName: 'test', autoDeploy: true });
    const add = (path: string, ...methods: HttpMethod[]) =>
      api.addRoutes({ path, methods, integration });
    add('/oauth/callback', HttpMethod.GET);
    add('/orders/{id}', HttpMethod.GET);
    add('/orders/new', HttpMethod.GET);
    add('/files/{path+}', HttpMethod.ANY);
    add('/files', HttpMethod.POST);
  });
  origin = local.aws.publicUrl ?? '';
});
afterAll(() => local[Symbol.asyncDispose]());

const eventOf = async (path: string, init?: RequestInit) =>
  (await (await fetch(origin + path, init)).json()) as APIGatewayProxyEventV2;

test('an event has payload format 2.0', async () => {
  const event = await eventOf('/oauth/callback?code=a%20b&state=x&state=y', {
    headers: { cookie: 'a=1; b=2', 'X-Forwarded-Proto': 'https' },
  });
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'GET /oauth/callback',
    rawPath: '/oauth/callback',
    rawQueryString: 'code=a%20b&state=x&state=y',
    cookies: ['a=1', 'b=2'],
    queryStringParameters: { code: 'a b', state: 'x,y' },
    requestContext: {
      http: { method: 'GET', path: '/oauth/callback', sourceIp: '127.0.0.1' },
      stage: '$default',
      routeKey: 'GET /oauth/callback',
    },
    isBase64Encoded: false,
  });
  expect(event.headers).toMatchObject({ 'x-forwarded-proto': 'https' });
  expect(event.headers.cookie).toBeUndefined();
  expect(event.body).toBeUndefined();
  expect(event.requestContext.timeEpoch).toBeGreaterThan(1.6e12);
});

test('headers sent twice are joined by a comma', async () => {
  const event = await new Promise<string>((resolve, reject) => {
    const outgoing = request(`${origin}/oauth/callback`, (incoming) =>
      incoming
        .setEncoding('utf8')
        .toArray()
        .then((parts) => resolve(parts.join('')), reject),
    );
    outgoing.setHeader('x-shop', ['one', 'two']);
    outgoing.end();
  });
  expect(JSON.parse(event).headers['x-shop']).toBe('one,two');
});

test('text bodies arrive as text, all others in base64', async () => {
  const json = await eventOf('/files', {
    method: 'POST',
    body: '{"a":"ë"}',
    headers: { 'content-type': 'application/json' },
  });
  expect(json).toMatchObject({ body: '{"a":"ë"}', isBase64Encoded: false });
  const bytes = await eventOf('/files', {
    method: 'POST',
    body: Uint8Array.of(0, 1, 255),
    headers: { 'content-type': 'image/png' },
  });
  expect(bytes).toMatchObject({ body: 'AAH/', isBase64Encoded: true });
});

test.each([
  ['/orders/new', 'GET', 'GET /orders/new', undefined],
  ['/orders/42', 'GET', 'GET /orders/{id}', { id: '42' }],
  ['/files/a/b.txt', 'DELETE', 'ANY /files/{path+}', { path: 'a/b.txt' }],
  ['/test/orders/42', 'GET', 'GET /orders/{id}', { id: '42' }],
])('%s takes the most specific route', async (path, method, routeKey, pathParameters) => {
  expect(await eventOf(path, { method })).toMatchObject({
    routeKey,
    ...(pathParameters === undefined ? {} : { pathParameters }),
  });
});

test.each([
  ['/nowhere', 'GET'],
  ['/oauth/callback', 'POST'],
  ['/files', 'GET'],
  ['/orders/1/2', 'GET'],
])('%s by %s is not found', async (path, method) => {
  const response = await fetch(origin + path, { method });
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ message: 'Not Found' });
});

const ask = (answer: string) =>
  fetch(`${origin}/oauth/callback?answer=${answer}`, { redirect: 'manual' });

test('status, headers and cookies are the function’s', async () => {
  const response = await ask('cookies');
  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toBe('https://example.com/a');
  expect(response.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2']);
  expect((await ask('multi')).headers.get('x-one')).toBe('1, 2');
  const page = await ask('page');
  expect([page.status, page.headers.get('content-type')]).toEqual([201, 'text/html']);
  expect(await page.text()).toBe('<p>Zoë</p>');
});

test('a body in base64 is sent as bytes', async () => {
  expect(new Uint8Array(await (await ask('binary')).arrayBuffer())).toEqual(
    Uint8Array.of(0, 1, 255),
  );
});

test('anything without a status is the body of a 200', async () => {
  const text = await ask('text');
  expect([text.status, await text.text()]).toEqual([200, 'just text']);
  const json = await ask('event');
  expect(json.headers.get('content-type')).toBe('application/json');
});

test.each(['malformed', 'unsafe', 'fail'])(
  'the answer %s is an Internal Server Error',
  async (answer) => {
    const response = await ask(answer);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: 'Internal Server Error' });
  },
);

test('a body above 10 MB is refused', async () => {
  const body = 'x'.repeat(10 * 1024 * 1024 + 1);
  const response = await fetch(`${origin}/files`, { method: 'POST', body });
  expect(response.status).toBe(413);
});
