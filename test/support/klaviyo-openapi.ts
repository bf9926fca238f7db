/** Klaviyo's published specs, where they lie beside the checkout: never part of this project. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;

interface Operation extends Json {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Json }> };
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly 'x-klaviyo-ratelimit'?: { readonly burst: string; readonly steady: string };
  readonly 'x-klaviyo-scopes'?: readonly string[];
}

export interface Spec extends Json {
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
}

const folder = fileURLToPath(new URL('../../../shared/klaviyo/openapi/', import.meta.url));
const revisions = ['2023-10-15', '2025-01-15', '2026-07-15'];

/** Why tests against the specs are skipped, where they are. */
export const specsAbsent = existsSync(folder)
  ? undefined
  : "Klaviyo's OpenAPI files are not beside this checkout";

export const specs: readonly Spec[] =
  specsAbsent === undefined
    ? revisions.map((revision) => JSON.parse(readFileSync(`${folder}${revision}.json`, 'utf8')))
    : [];

/** The operation, whichever way the spec writes the slash at the end. */
export const operationOf = (spec: Spec, method: string, path: string): Operation | undefined =>
  (spec.paths[path] ?? spec.paths[`${path}/`])?.[method.toLowerCase()];

/** Klaviyo refuses fields that it does not declare, which the spec does not say: objects are closed. */
const close = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const closed: Json = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, close(value)]),
  );
  if (closed.type === 'object' && 'properties' in closed && !('additionalProperties' in closed))
    closed.additionalProperties = false;
  const { nullable, ...rest } = closed;
  return nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest;
};

/** A validator of the bodies that an operation takes, with closed schemas. */
export const bodyValidator = (spec: Spec, operation: Operation): ValidateFunction | undefined => {
  const [content] = Object.values(operation.requestBody?.content ?? {});
  if (content === undefined) return undefined;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const { components } = spec as { components?: unknown };
  return ajv.compile({ ...(close(content.schema) as Json), components: close(components) });
};
