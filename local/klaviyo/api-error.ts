/** Klaviyo's error envelope, in the shapes that were recorded. */

export interface ApiProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly source?: { readonly pointer: string } | { readonly parameter: string };
  readonly links?: Readonly<Record<string, string>>;
  readonly meta?: Readonly<Record<string, string>>;
}

/** Ends a call with an error answer. The status is that of the first problem. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly problems: readonly ApiProblem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(problems: readonly ApiProblem[], headers: Readonly<Record<string, string>> = {}) {
    super(problems[0]?.code ?? 'invalid');
    this.status = problems[0]?.status ?? 400;
    this.problems = problems;
    this.headers = headers;
  }
}

type Source = { readonly pointer: string } | { readonly parameter: string };

/** One entry of a 400. */
export const invalidProblem = (detail: string, source: Source): ApiProblem => ({
  status: 400,
  code: 'invalid',
  title: 'Invalid input.',
  detail,
  source,
});

/** 400: the request is wrong at one place. */
export const invalid = (detail: string, source: Source): ApiError =>
  new ApiError([invalidProblem(detail, source)]);

/** 404: nothing has this id. */
export const notFound = (kind: string, id: string, pointer = '/data/'): ApiError => {
  const detail = `A ${kind} with id ${id} does not exist.`;
  return new ApiError([
    { status: 404, code: 'not_found', title: 'Not found.', detail, source: { pointer } },
  ]);
};

/** 404: the endpoint or the revision does not exist. */
export const noSuchRevision = (detail: string): ApiError =>
  new ApiError([
    { status: 404, code: 'not_found', title: 'Not found.', detail, source: { pointer: '/data/' } },
  ]);

/** 410: the revision is retired, and the request does not want a newer one. */
export const gone = (revision: string): ApiError => {
  const detail = `Revision ${revision} is retired.`;
  return new ApiError([
    { status: 410, code: 'gone', title: 'Gone.', detail, source: { pointer: '/data/' } },
  ]);
};

/** 405: the path exists, the method does not. */
export const methodNotAllowed = (method: string): ApiError => {
  const detail = `Method "${method}" not allowed.`;
  const source = { pointer: '/data/' };
  return new ApiError([{ status: 405, code: 'method_not_allowed', title: detail, detail, source }]);
};

/** 401: no credentials, or none that are known and alive. */
export const unauthenticated = (): ApiError => {
  const detail = 'Incorrect authentication credentials.';
  const source = { pointer: '/data/' };
  return new ApiError([
    { status: 401, code: 'authentication_failed', title: detail, detail, source },
  ]);
};

/** 403: the credentials lack a scope. */
export const forbidden = (missing: readonly string[]): ApiError => {
  const title = 'You do not have permission to perform this action.';
  const detail = `Missing scopes: ${missing.join(', ')}`;
  return new ApiError([
    { status: 403, code: 'permission_denied', title, detail, source: { pointer: '/data/' } },
  ]);
};

/** 409: an identifier of the request belongs to that other profile. */
export const duplicateProfile = (profileId: string): ApiError =>
  new ApiError([
    {
      status: 409,
      code: 'duplicate_profile',
      title: 'Conflict.',
      detail: 'A profile already exists with one of these identifiers.',
      source: { pointer: '/data/attributes' },
      meta: { duplicate_profile_id: profileId },
    },
  ]);

/** 429: over one of the two limits. It carries no `ratelimit-*` headers. */
export const throttled = (retryAfterSeconds: number): ApiError => {
  const unit = retryAfterSeconds === 1 ? 'second' : 'seconds';
  const problem = {
    status: 429,
    code: 'throttled',
    title: 'Request was throttled.',
    detail: `Request was throttled. Expected available in ${retryAfterSeconds} ${unit}.`,
    source: { pointer: '/data' },
    links: {
      type: 'https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling#rate-limits',
    },
  };
  return new ApiError([problem], { 'retry-after': String(retryAfterSeconds) });
};

/** The body of an error answer. */
export const errorBody = (problems: readonly ApiProblem[], nextId: () => string): unknown => ({
  errors: problems.map(({ links = {}, meta = {}, ...problem }) => ({
    id: nextId(),
    ...problem,
    links,
    meta,
  })),
});
