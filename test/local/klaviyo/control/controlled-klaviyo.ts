/** A simulator whose control interface is called over HTTP, every answer held to its schema. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { simulatorSchemaFiles } from '../../../../bin/docs/simulator-reference.ts';
import { findRoute } from '../../../../local/aws/http-api/route-matching.ts';
import { operations } from '../../../../local/klaviyo/control/operations.ts';
import type { KlaviyoSimulatorOptions } from '../../../../local/klaviyo/simulator.ts';
import { startTestKlaviyo, testAccount } from '../simulated-klaviyo.ts';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
for (const text of simulatorSchemaFiles().values()) ajv.addSchema(JSON.parse(text));

export const isValid = (name: string, value: unknown): true | unknown =>
  ajv.validate(`${name}.json`, value) || ajv.errors;

/** The schema that an answer has to meet, by its published name. */
const checkAnswer = (method: string, path: string, answer: unknown): void => {
  const { pathname } = new URL(path, 'http://simulator.example');
  const operation = findRoute(operations, method, pathname)?.route;
  expect(operation?.answer.safeParse(answer).error, `${method} ${path}`).toBeUndefined();
};

export interface Controlled {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  readonly body: any;
}

export const shop = `/accounts/${testAccount}`;

export const startControlledKlaviyo = async (options: KlaviyoSimulatorOptions = {}) => {
  const klaviyo = await startTestKlaviyo(options);
  const control = async (method: string, path: string, body?: unknown): Promise<Controlled> => {
    const response = await fetch(`${klaviyo.simulator.url}/simulator${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (response.ok) checkAnswer(method, `/simulator${path}`, answer);
    return { status: response.status, body: answer };
  };
  const seed = async (...profiles: object[]): Promise<string[]> =>
    (await control('POST', `${shop}/profiles`, { profiles })).body.ids;
  return { ...klaviyo, control, seed };
};
