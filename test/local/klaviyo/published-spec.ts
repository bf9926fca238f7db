import { specs } from '../../support/klaviyo-openapi.ts';

/** A schema of OpenAPI 3.0, as far as these tests look at it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface Operation {
  readonly method: string;
  /** Without the slash at the end. */
  readonly path: string;
  readonly scopes: readonly string[];
  readonly limit: { readonly burst: number; readonly steady: number };
  readonly query: readonly {
    readonly name: string;
    readonly schema: Schema;
    readonly description?: string;
  }[];
  readonly body: Schema | undefined;
  /** By status, successes only; undefined where there is no body. */
  readonly answers: ReadonlyMap<number, Schema | undefined>;
}

interface Media {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface WireOperation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; schema: Schema }[];
  readonly requestBody?: Media;
  readonly responses: Readonly<Record<string, Media>>;
  readonly 'x-klaviyo-scopes': readonly string[];
  readonly 'x-klaviyo-ratelimit': { readonly burst: string; readonly steady: string };
}

/** The revisions whose specification is at hand. */
export const specRevisions = specs.map(({ info }) => info.version);

const schemaOf = ({ content = {} }: Media): Schema | undefined => Object.values(content)[0]?.schema;

const toOperation = (path: string, method: string, wire: WireOperation): Operation => {
  const { burst, steady } = wire['x-klaviyo-ratelimit'];
  const successes = Object.entries(wire.responses).filter(([status]) => /^2\d\d$/.test(status));
  return {
    method: method.toUpperCase(),
    path: path.replace(/\/$/, ''),
    // The specification of 2023-10-15 alone spells it `list:read`.
    scopes: wire['x-klaviyo-scopes'].map((scope) => scope.replace(/^list:/, 'lists:')),
    limit: { burst: Number.parseInt(burst, 10), steady: Number.parseInt(steady, 10) },
    query: (wire.parameters ?? []).filter((parameter) => parameter.in === 'query'),
    body: wire.requestBody && schemaOf(wire.requestBody),
    answers: new Map(successes.map(([status, media]) => [Number(status), schemaOf(media)])),
  };
};

export interface PublishedSpec {
  readonly operations: readonly Operation[];
  /** Follows references until there is none. */
  readonly resolve: (schema: Schema) => Schema;
}

interface WireSpec {
  readonly paths: Readonly<Record<string, Readonly<Record<string, WireOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Klaviyo's own description of a revision. */
export const readSpec = (revision: string): PublishedSpec => {
  const found: unknown = specs.find(({ info }) => info.version === revision);
  const spec = found as WireSpec;
  const resolve = (schema: Schema): Schema => {
    if (schema.$ref === undefined) return schema;
    const target = spec.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    if (!target) throw new Error(`no schema ${schema.$ref}`);
    return resolve(target);
  };
  const operations = Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, wire]) => wire.responses)
      .map(([method, wire]) => toOperation(path, method, wire)),
  );
  return { operations, resolve };
};
