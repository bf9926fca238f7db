import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Definition, type LocalStack, startLocalStack } from '../../support/local-stack.ts';

/** Each instance counts its own invocations, then does what the event asks for. */
const source = `
let count = 0;
const deeds = {
  echo: (event, context) => ({ event, context: { ...context, left: context.getRemainingTimeInMillis() } }),
  environment: () => process.env,
  folder: () => process.cwd(),
  count: () => ({ pid: process.pid, count }),
  sleep: async ({ ms }) => { await new Promise((resolve) => setTimeout(resolve, ms)); return process.pid; },
  loop: () => { for (;;); },
  allocateInLoop: () => { const all = []; for (;;) all.push({ x: new Array(1000).fill(1) }); },
  allocateAtOnce: () => { const all = []; for (;;) all.push(new Array(5e6).fill(1.5)); },
  exit: () => process.exit(3),
  crashLater: async () => { setTimeout(() => { throw new Error('uncaught'); }, 1); await new Promise(() => {}); },
  reject: () => { Promise.reject(new Error('nobody catches me')); return new Promise(() => {}); },
  fail: () => { throw new TypeError('bad input'); },
  circular: () => { const it = {}; it.it = it; return it; },
  nothing: () => undefined,
  write: () => { console.log('to stdout'); process.stderr.write('to stderr\\n'); },
};
export const handler = async (event, context) => { count += 1; return deeds[event.deed](event, context); };
`;

const define = ({ addFunction }: Definition) => {
  addFunction('Deeds', source, {
    timeout: Duration.seconds(30),
    memorySize: 64,
    environment: { SHOP: 'acme', NODE_OPTIONS: '--enable-source-maps' },
  });
  addFunction('Brief', source, { timeout: Duration.seconds(1) });
  addFunction('Lone', source, { timeout: Duration.seconds(30), reservedConcurrentExecutions: 1 });
  const code = 'exports.handler = async () => typeof require + " " + __filename.split("/").pop();';
  addFunction('CommonJs', code, { file: 'index.js' });
  addFunction('Unloadable', "throw new RangeError('cannot start');");
  const slow = 'await new Promise((resolve) => setTimeout(resolve, 10_500));';
  addFunction('Slow', `${slow} export const handler = () => 'loaded';`, {
    timeout: Duration.seconds(60),
  });
  addFunction('Misnamed', 'export const other = 1;');
};

let local: LocalStack;
beforeAll(async () => {
  local = await startLocalStack(define, {
    functionVariables: { SHOP: 'default', EXTRA: 'yes' },
    maxInstances: 20,
  });
});
afterAll(() => local[Symbol.asyncDispose]());

const nameOf = (id: string) =>
  Object.keys(local.aws.functions()).find((name) => name.startsWith(`Fixture-${id}`)) ?? '';

const parse = ({ Payload }: InvokeCommandOutput) =>
  JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');

const invoke = (deed: string, more = {}, id = 'Deeds') =>
  local.lambda.send(
    new InvokeCommand({ FunctionName: nameOf(id), Payload: JSON.stringify({ deed, ...more }) }),
  );

test('an invocation gets its event and Lambda’s context, and returns what the handler does', async () => {
  const result = await invoke('echo', { text: 'Zoë 🛍️' });
  expect(result).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  const { event, context } = parse(result);
  expect(event).toEqual({ deed: 'echo', text: 'Zoë 🛍️' });
  expect(context).toMatchObject({
    functionName: nameOf('Deeds'),
    memoryLimitInMB: '64',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    invokedFunctionArn: expect.stringContaining(':function:Fixture-Deeds'),
  });
  expect(context.left).toBeGreaterThan(1_000);
  expect(context.left).toBeLessThanOrEqual(30_000);
});

test('a function sees its own environment, pointed at the host, and nothing of the machine’s', async () => {
  const environment = parse(await invoke('environment'));
  expect(environment).toMatchObject({
    SHOP: 'acme',
    EXTRA: 'yes',
    AWS_ENDPOINT_URL: local.aws.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: nameOf('Deeds'),
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '64',
  });
  expect(environment.PATH).toBeUndefined();
  expect(environment.HOME).toBeUndefined();
  expect(parse(await invoke('folder'))).toBe(environment.LAMBDA_TASK_ROOT);
});

test('an instance is used again, one invocation at a time', async () => {
  const first = parse(await invoke('count'));
  const second = parse(await invoke('count'));
  expect(second).toEqual({ pid: first.pid, count: first.count + 1 });
  const together = await Promise.all([1, 2, 3].map(() => invoke('sleep', { ms: 2_000 })));
  expect(new Set(together.map(parse)).size).toBe(3);
});

test('CommonJS code runs as well as ESM', async () => {
  expect(parse(await invoke('', {}, 'CommonJs'))).toBe('function index.js');
});

test('a handler’s error is reported, and its instance lives on', async () => {
  const { pid } = parse(await invoke('count'));
  const failed = await invoke('fail');
  expect(failed.FunctionError).toBe('Unhandled');
  expect(parse(failed)).toMatchObject({ errorType: 'TypeError', errorMessage: 'bad input' });
  expect(parse(await invoke('count')).pid).toBe(pid);
});

test.concurrent('a handler that loads for longer than ten seconds has its invocation’s time too', async () => {
  expect(parse(await invoke('', {}, 'Slow'))).toBe('loaded');
});

test.concurrent.each([
  ['a busy loop', 'loop'],
  ['a handler that never answers', 'sleep'],
])('%s is really killed at the timeout', async (_, deed) => {
  const startedAt = Date.now();
  const failed = await invoke(deed, { ms: 60_000 }, 'Brief');
  expect(parse(failed)).toMatchObject({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringContaining('Task timed out after 1.00 seconds'),
  });
  expect(Date.now() - startedAt).toBeLessThan(30_000);
  const isOver = () => local.aws.functions()[nameOf('Brief')]?.instances === 0;
  await vi.waitUntil(isOver, { timeout: 20_000 });
});

test.concurrent.each([
  ['process.exit', 'exit', 'exit status 3'],
  ['an uncaught exception', 'crashLater', 'exit status 1'],
  ['an unhandled rejection', 'reject', 'exit status 1'],
  ['memory run out at once', 'allocateAtOnce', 'Runtime exited'],
  ['memory run out bit by bit', 'allocateInLoop', 'Runtime exited'],
])('%s ends that one instance, and neither another nor the host', async (_, deed, how) => {
  const bystander = invoke('sleep', { ms: 500 });
  const failed = await invoke(deed);
  expect(parse(failed)).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringContaining(how),
  });
  expect(parse(await bystander)).toBeTypeOf('number');
  expect(parse(await invoke('count')).count).toBeGreaterThan(0);
});

test('a handler that cannot be loaded is reported, each time anew', async () => {
  for (const _ of [1, 2])
    expect(parse(await invoke('', {}, 'Unloadable'))).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'cannot start',
    });
  expect(parse(await invoke('', {}, 'Misnamed')).errorMessage).toBe(
    'index.handler is not a function',
  );
});

test('what cannot be JSON is an error, and nothing is null', async () => {
  expect((await invoke('circular')).FunctionError).toBe('Unhandled');
  expect(parse(await invoke('nothing'))).toBeNull();
});

test('what a function writes arrives line by line', async () => {
  await invoke('write');
  await expect.poll(() => local.lines).toContain('to stdout');
  await expect.poll(() => local.lines).toContain('to stderr');
});

test('beyond its reserved concurrency a function is throttled', async () => {
  const busy = invoke('sleep', { ms: 5_000 }, 'Lone');
  await expect.poll(() => local.aws.functions()[nameOf('Lone')]?.running).toBe(1);
  const impatient = new LambdaClient({
    endpoint: local.aws.endpoint,
    region: local.aws.region,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  const count = { FunctionName: nameOf('Lone'), Payload: '{"deed":"count"}' };
  await expect(impatient.send(new InvokeCommand(count))).rejects.toMatchObject({
    name: 'TooManyRequestsException',
  });
  await busy;
  expect(parse(await impatient.send(new InvokeCommand(count))).count).toBe(2);
  impatient.destroy();
});

test('an event invocation answers at once and runs on', async () => {
  const before = local.aws.functions()[nameOf('Deeds')]?.invocations ?? 0;
  const { StatusCode } = await local.lambda.send(
    new InvokeCommand({
      FunctionName: nameOf('Deeds'),
      InvocationType: 'Event',
      Payload: '{"deed":"count"}',
    }),
  );
  expect(StatusCode).toBe(202);
  await expect
    .poll(() => local.aws.functions()[nameOf('Deeds')]?.invocations)
    .toBeGreaterThan(before);
});

test('a function that is not there is ResourceNotFoundException', async () => {
  await expect(
    local.lambda.send(new InvokeCommand({ FunctionName: 'nobody' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('killed instances fail their invocations, and the next one starts afresh', async () => {
  const doomed = invoke('sleep', { ms: 60_000 });
  await expect.poll(() => local.aws.functions()[nameOf('Deeds')]?.running).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  local.aws.killInstances('Deeds');
  expect(parse(await doomed).errorMessage).toContain('signal: SIGKILL');
  expect(parse(await invoke('count')).count).toBe(1);
});
