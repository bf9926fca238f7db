/** AWS's JSON protocols: the operation in the header x-amz-target, errors by `__type`. */
import * as z from 'zod';
import type { Reply, Route } from './exchange.ts';
import type { Operations } from './operation.ts';
import { ServiceError } from './service-error.ts';

export interface JsonService {
  /** As a person calls it: `SQS`. */
  readonly name: string;
  /** The part of x-amz-target before the operation: `AmazonSQS`. */
  readonly target: string;
  readonly contentType: string;
  readonly operations: Operations;
  /** The service's error for a parameter that is missing, malformed or unknown to the host. */
  readonly invalidInputCode: string;
  /** What the service puts beside an error. @default nothing */
  readonly errorHeaders?: (error: ServiceError) => Readonly<Record<string, string>>;
}

const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new ServiceError('SerializationException', 'the request is not JSON');
  }
};

const toServiceError = (error: unknown, invalidInputCode: string): ServiceError => {
  if (error instanceof ServiceError) return error;
  if (error instanceof z.ZodError)
    return new ServiceError(invalidInputCode, z.prettifyError(error));
  return new ServiceError('InternalFailure', String(error), 500);
};

/** Serves a table of operations as AWS's JSON protocol does. */
export const createJsonRoute = (service: JsonService): Route => {
  const { name, operations, contentType, errorHeaders } = service;
  const target = ({ headers }: { headers: NodeJS.Dict<string | string[]> }) =>
    String(headers['x-amz-target'] ?? '').split('.');

  const reply = (statusCode: number, body: unknown, more = {}): Reply => ({
    statusCode,
    headers: { 'content-type': contentType, ...more },
    body: JSON.stringify(body),
  });
  const find = (operation: string) => {
    const found = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (found !== undefined) return found;
    const known = Object.keys(operations).join(', ');
    const message = `local/aws does not run ${name} ${operation}; it runs ${known}`;
    throw new ServiceError('UnknownOperationException', message);
  };

  return {
    takes: (request) => target(request)[0] === service.target,
    handle: async (request) => {
      try {
        const operation = find(target(request)[1] ?? '');
        const result = await operation(parseJson(request.body), { signal: request.signal });
        return reply(200, result ?? {});
      } catch (thrown) {
        const error = toServiceError(thrown, service.invalidInputCode);
        const body = { __type: error.code, message: error.message };
        return reply(error.statusCode, body, errorHeaders?.(error));
      }
    },
  };
};
