import fc from 'fast-check';
import { type FieldResource, fieldNames } from '../../../local/klaviyo/field-names.ts';
import type { Route } from '../../../local/klaviyo/route.ts';
import type { Schema } from './published-spec.ts';

interface JsonSchema extends Omit<Schema, 'type'> {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly not?: unknown;
}

export interface ArbitraryOptions {
  /** Ids that exist, by the type of what they name. */
  readonly ids: Readonly<Record<string, string>>;
  /** Follows references. @default there are none */
  readonly resolve?: (schema: Schema) => Schema;
}

const instants = ['2023-06-01T10:00:00Z', '2023-06-01T10:00:00+02:00'];

/** Text that makes sense in its place often enough for a request to get beyond its shape. */
const textFor = (name: string, { ids }: ArbitraryOptions): fc.Arbitrary<string> => {
  const samples: Record<string, readonly string[]> = {
    email: ['known@example.com', 'new@example.com', 'bad'],
    phone_number: ['+12025550123', '+31201234567', '+15555555555', '0123'],
    id: [...Object.values(ids), 'unknown'],
    time: instants,
    consented_at: instants,
    age_gated_date_of_birth: ['1990-01-01'],
  };
  const chosen = samples[name];
  return chosen ? fc.constantFrom(...chosen) : fc.string({ maxLength: 8 });
};

const plain = fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.boolean(), fc.constant(null));

const isNever = ({ not }: JsonSchema): boolean => not !== undefined;

/** Values that a schema allows, of OpenAPI or of JSON Schema. */
export const arbitraryOf = (
  given: JsonSchema,
  options: ArbitraryOptions,
  name = '',
): fc.Arbitrary<unknown> => {
  // What stands beside a reference does not count: OpenAPI 3.0 says so, and Klaviyo means it.
  const schema = given.$ref === undefined ? given : options.resolve?.({ $ref: given.$ref });
  if (!schema) throw new Error(`no schema ${given.$ref}`);
  const found = definedBy(schema, options, name);
  return schema.nullable ? fc.option(found, { nil: null }) : found;
};

const objectOf = ({ properties = {}, required = [] }: JsonSchema, options: ArbitraryOptions) => {
  const members = Object.entries(properties).filter(([, member]) => !isNever(member));
  const record = Object.fromEntries(
    members.map(([key, member]) => [key, arbitraryOf(member, options, key)]),
  );
  return fc.record(record, {
    requiredKeys: required.filter((key) => key in record),
    noNullPrototype: true,
  });
};

const definedBy = (
  schema: JsonSchema,
  options: ArbitraryOptions,
  name: string,
): fc.Arbitrary<unknown> => {
  const { type, properties, items, oneOf, anyOf = oneOf } = schema;
  if (Array.isArray(type)) {
    return fc.oneof(...type.map((one) => definedBy({ ...schema, type: one }, options, name)));
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (anyOf) return fc.oneof(...anyOf.map((one) => arbitraryOf(one, options, name)));
  if (properties) return objectOf(schema, options);
  if (type === 'object') return fc.dictionary(fc.string({ maxLength: 4 }), plain, { maxKeys: 3 });
  if (type === 'array') {
    const item = items ? arbitraryOf(items, options, name) : plain;
    return fc.array(item, { minLength: 1, maxLength: 2 });
  }
  if (type === 'string') return textFor(name, options);
  if (type === 'number') return fc.double({ noNaN: true, noDefaultInfinity: true });
  if (type === 'integer') return fc.integer();
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  return plain;
};

const candidates = [
  ...['subscriptions', 'predictive_analytics', 'profile_count', 'tags', 'flow-triggers', 'lists'],
  ...['segments', 'push-tokens', 'conversation', 'conversations', 'metric', 'profile'],
  ...['attributions', 'created', '-created', 'updated', '-updated', 'email', '-email', 'id'],
  ...['created_at', '-created_at', 'datetime', '-timestamp', 'joined_group_at', 'name'],
];

/** Every name of a field in any resource. */
const fields = (revision: string): string[] => {
  const resources: readonly FieldResource[] = [
    ...(['account', 'member', 'counted list', 'segment', 'tag', 'flow', 'push-token'] as const),
    ...(['conversation', 'event', 'metric', 'attribution'] as const),
    ...(['profile-bulk-import-job', 'import-error'] as const),
    'profile-suppression-bulk-create-job',
  ];
  return resources.flatMap((resource) => fieldNames(resource, revision));
};

/** Random queries of the parameters that a revision declares, each with values that it takes. */
export const choicesOf = (
  { query = {} }: Route,
  revision: string,
): fc.Arbitrary<Record<string, string>> => {
  const all = [...candidates, ...fields(revision)];
  const parameters = Object.entries(query).filter(
    ([name, { since = '', until = '9' }]) =>
      revision >= since && revision < until && !['filter', 'page[cursor]'].includes(name),
  );
  const record = parameters.map(([name, { problem }]) => {
    if (name === 'page[size]') return [name, fc.constantFrom('1', '10')] as const;
    const taken = [...new Set(all)].filter((value) => problem(value, revision) === undefined);
    const several = fc.subarray(taken, { minLength: 1, maxLength: Math.min(3, taken.length) });
    const one = fc.constantFrom(...taken);
    return [name, name === 'sort' ? one : several.map((values) => values.join(','))] as const;
  });
  const values: Record<string, fc.Arbitrary<string>> = Object.fromEntries(record);
  return fc
    .record(values, { requiredKeys: [], noNullPrototype: true })
    .map((chosen) =>
      Object.fromEntries(Object.entries(chosen).map(([key, value]) => [key, String(value)])),
    );
};
