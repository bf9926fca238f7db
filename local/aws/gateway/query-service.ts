/** AWS's query protocol: a form with the operation as `Action`, answered in XML. */

import { findOperation, type Operations, toServiceError } from './operation.ts';
import type { Reply, Route } from './request-and-reply.ts';
import { ServiceError } from './service-error.ts';

export interface QueryService {
  /** As a person calls it: `CloudFormation`. */
  readonly name: string;
  /** As signatures name it: `cloudformation`. */
  readonly signingName: string;
  readonly namespace: string;
  readonly operations: Operations;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A value as AWS writes it: arrays as members, and nothing for what is undefined. */
export const toXml = (value: unknown): string => {
  if (Array.isArray(value)) return value.map((one) => `<member>${toXml(one)}</member>`).join('');
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null)
    return String(value ?? '').replace(/[&<>]/g, (character) => entities[character] ?? '');
  return Object.entries(value)
    .filter(([, content]) => content !== undefined)
    .map(([name, content]) => `<${name}>${toXml(content)}</${name}>`)
    .join('');
};

/** The parameters; of those with members only that they are there: nothing here reads them. */
const parametersOf = (form: URLSearchParams): Record<string, string> =>
  Object.fromEntries([...form].map(([name, value]) => [name.split('.')[0] ?? '', value]));

const reply = (statusCode: number, body: string): Reply => ({
  statusCode,
  headers: { 'content-type': 'text/xml' },
  body,
});

const invalidInput = (problem: string) =>
  new ServiceError('ValidationError', `local/aws: ${problem}`);

const isForm = (contentType: string | undefined) =>
  contentType?.startsWith('application/x-www-form-urlencoded') ?? false;

/** Serves a table of operations as AWS's query protocol does. */
export const createQueryRoute = (service: QueryService): Route => {
  const { name, signingName, namespace, operations } = service;
  const named = { service: name, unknownCode: 'InvalidAction' };
  return {
    takes: ({ headers }) =>
      isForm(headers['content-type']) &&
      (headers.authorization?.includes(`/${signingName}/`) ?? false),
    async handle({ body, signal }) {
      const form = new URLSearchParams(body.toString());
      const { Action = '', Version: _, ...parameters } = parametersOf(form);
      try {
        const result = await findOperation(operations, Action, named)(parameters, { signal });
        const content = toXml({ [`${Action}Result`]: result ?? '' });
        return reply(200, `<${Action}Response xmlns="${namespace}">${content}</${Action}Response>`);
      } catch (thrown) {
        const { code, message, statusCode } = toServiceError(thrown, invalidInput);
        const content = toXml({ Error: { Type: 'Sender', Code: code, Message: message } });
        return reply(statusCode, `<ErrorResponse xmlns="${namespace}">${content}</ErrorResponse>`);
      }
    },
  };
};
