/**
 * What runs inside the process of one function instance: loads the handler, then calls it for one
 * event after the other, as Lambda's Node runtime does. Arguments: the folder of the function's
 * code, and its handler as `file.export`.
 */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  FunctionError,
  InstanceMessage,
  InvocationRequest,
  InvocationResult,
} from './invocation.ts';

const [, , codeFolder = '', handlerName = ''] = process.argv;

const tell = (message: InstanceMessage) => process.send?.(message);

const toFunctionError = (thrown: unknown): FunctionError =>
  thrown instanceof Error
    ? {
        errorType: thrown.name,
        errorMessage: thrown.message,
        trace: (thrown.stack ?? '').split('\n'),
      }
    : { errorType: typeof thrown, errorMessage: String(thrown) };

/** On Lambda the code's folder is all there is: no package.json above it says what `.js` means. */
const readJsAsCommonJs = () => {
  if (existsSync(join(codeFolder, 'package.json'))) return;
  const root = pathToFileURL(join(codeFolder, '/')).href;
  const isOurs = (url: string) =>
    url.startsWith(root) && url.endsWith('.js') && !url.includes('/node_modules/');
  registerHooks({
    load: (url, context, next) =>
      next(url, isOurs(url) ? { ...context, format: 'commonjs' } : context),
  });
};

type Handler = (event: unknown, context: unknown) => unknown;

const loadHandler = async (): Promise<Handler> => {
  const dot = handlerName.lastIndexOf('.');
  const [file, name] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)];
  const path = ['.mjs', '.js', '.cjs']
    .map((extension) => join(codeFolder, file + extension))
    .find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`there is no ${file}.mjs, .js or .cjs in ${codeFolder}`);
  const loaded = await import(pathToFileURL(path).href);
  const handler = loaded[name] ?? loaded.default?.[name];
  if (typeof handler !== 'function') throw new Error(`${handlerName} is not a function`);
  return handler;
};

const contextOf = ({ requestId, deadlineMs }: InvocationRequest) => {
  const { AWS_LAMBDA_FUNCTION_NAME: functionName, ...variables } = process.env;
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: variables.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: variables.LOCAL_AWS_FUNCTION_ARN,
    memoryLimitInMB: variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: variables.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: variables.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
};

const invoke = async (handler: Handler, request: InvocationRequest): Promise<InvocationResult> => {
  try {
    const returned = await handler(JSON.parse(request.payload), contextOf(request));
    return { ok: true, payload: JSON.stringify(returned) ?? 'null' };
  } catch (thrown) {
    return { ok: false, error: toFunctionError(thrown) };
  }
};

process.once('disconnect', () => process.exit()); // the host is gone
process.on('SIGINT', () => {}); // Ctrl-C goes to the whole terminal: the host decides when we end

readJsAsCommonJs();
try {
  const handler = await loadHandler();
  process.on('message', async (request: InvocationRequest) => {
    tell({ type: 'result', result: await invoke(handler, request) });
  });
  tell({ type: 'ready' });
} catch (thrown) {
  tell({ type: 'unusable', error: toFunctionError(thrown) });
}
