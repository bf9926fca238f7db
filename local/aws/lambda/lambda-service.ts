/** Lambda's API, as far as Invoke: at once with the result, or as an event without. */
import * as z from 'zod';
import type { GatewayRequest, Reply, Route } from '../gateway/request-and-reply.ts';
import { ServiceError } from '../gateway/service-error.ts';
import type { FunctionRegistry } from './function-registry.ts';
import type { LambdaFunction } from './lambda-function.ts';

const prefix = '/2015-03-31/';
const invocationPath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

const invocationType = z.enum(['RequestResponse', 'Event', 'DryRun']).default('RequestResponse');

const reply = (statusCode: number, body: string, headers = {}): Reply => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

const parsePayload = (body: Buffer): string => {
  const payload = body.length === 0 ? 'null' : body.toString();
  try {
    JSON.parse(payload);
    return payload;
  } catch {
    throw new ServiceError(
      'InvalidRequestContentException',
      'Could not parse request body into json',
    );
  }
};

const invokeAndWait = async (target: LambdaFunction, payload: string): Promise<Reply> => {
  if (target.isThrottled) throw new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429);
  const result = await target.invoke(payload);
  const headers = { 'x-amz-executed-version': '$LATEST' };
  if (result.ok) return reply(200, result.payload, headers);
  const failed = { ...headers, 'x-amz-function-error': 'Unhandled' };
  return reply(200, JSON.stringify(result.error), failed);
};

const invoke = async (functions: FunctionRegistry, request: GatewayRequest): Promise<Reply> => {
  const name = invocationPath.exec(request.path)?.[1];
  if (name === undefined || request.method !== 'POST')
    throw new ServiceError(
      'UnknownOperationException',
      `local/aws does not run Lambda ${request.method} ${request.path}; it runs Invoke`,
    );
  const target = functions.find(decodeURIComponent(name));
  const type = invocationType.parse(request.headers['x-amz-invocation-type']);
  const payload = parsePayload(request.body);
  if (type === 'DryRun') return reply(204, '');
  if (type === 'RequestResponse') return invokeAndWait(target, payload);
  void target.invoke(payload);
  return reply(202, '');
};

export const createLambdaRoute = (functions: FunctionRegistry): Route => ({
  takes: ({ path }) => path.startsWith(prefix),
  async handle(request) {
    try {
      return await invoke(functions, request);
    } catch (error) {
      const { code, message, statusCode } =
        error instanceof ServiceError
          ? error
          : new ServiceError('InvalidParameterValueException', String(error));
      const body = JSON.stringify({ Type: 'User', message, Message: message });
      return reply(statusCode, body, { 'x-amzn-errortype': code });
    }
  },
});
