/** AWS's JSON protocols: the operation in the header x-amz-target, errors by `__type`. */

import { findOperation, type Operations, toServiceError } from './operation.ts';
import type { Reply, Route } from './request-and-reply.ts';
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
  const named = { service: name, unknownCode: 'UnknownOperationException' };
  const invalidInput = (problem: string) => new ServiceError(service.invalidInputCode, problem);

  return {
    takes: (request) => target(request)[0] === service.target,
    handle: async (request) => {
      try {
        const operation = findOperation(operations, target(request)[1] ?? '', named);
        const result = await operation(parseJson(request.body), { signal: request.signal });
        return reply(200, result ?? {});
      } catch (thrown) {
        const error = toServiceError(thrown, invalidInput);
        const body = { __type: error.code, message: error.message };
        return reply(error.statusCode, body, errorHeaders?.(error));
      }
    },
  };
};
