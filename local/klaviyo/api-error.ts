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

const atData = { pointer: '/data/' };

const single = (problem: Omit<ApiProblem, 'source'> & { source?: Source }, headers = {}) =>
  new ApiError([{ source: atData, ...problem }], headers);

/** One entry of a 400. */
export const invalidProblem = (detail: string, source: Source): ApiProblem => ({
  ...{ status: 400, code: 'invalid', title: 'Invalid input.' },
  ...{ detail, source },
});

/** 400: the request is wrong at one place. */
export const invalid = (detail: string, source: Source): ApiError =>
  single(invalidProblem(detail, source));

/** 404: there is no such thing, for the reason given. */
export const missing = (detail: string, source: Source = atData): ApiError =>
  single({ status: 404, code: 'not_found', title: 'Not found.', detail, source });

/** 404: nothing has this id. */
export const notFound = (kind: string, id: string, source?: Source): ApiError =>
  missing(`A ${kind} with id ${id} does not exist.`, source);

/** 404: no list has this id. Klaviyo puts it in backticks here, and here alone. */
export const noList = (id: string, source?: Source): ApiError =>
  missing(`A list with id \`${id}\` does not exist.`, source);

/** 410: the revision is retired, and the request does not want a newer one. */
export const gone = (revision: string): ApiError =>
  single({ status: 410, code: 'gone', title: 'Gone.', detail: `Revision ${revision} is retired.` });

/** 405: the path exists, the method does not. */
export const methodNotAllowed = (method: string): ApiError => {
  const title = `Method "${method}" not allowed.`;
  return single({ status: 405, code: 'method_not_allowed', title, detail: title });
};

/** 401: no credentials, or none that are known and alive. */
export const unauthenticated = (): ApiError => {
  const title = 'Incorrect authentication credentials.';
  return single({ status: 401, code: 'authentication_failed', title, detail: title });
};

/** 403: the credentials lack a scope. */
export const forbidden = (scopes: readonly string[]): ApiError => {
  const title = 'You do not have permission to perform this action.';
  const detail = `Missing scopes: ${scopes.join(', ')}`;
  return single({ status: 403, code: 'permission_denied', title, detail });
};

/** 409: an identifier of the request belongs to that other profile. */
export const duplicateProfile = (profileId: string): ApiError =>
  single({
    status: 409,
    code: 'duplicate_profile',
    title: 'Conflict.',
    detail: 'A profile already exists with one of these identifiers.',
    source: { pointer: '/data/attributes' },
    meta: { duplicate_profile_id: profileId },
  });

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
  return single(problem, { 'retry-after': String(retryAfterSeconds) });
};

/** Recorded without `links` and `meta`. */
const bare = new Set([401, 403, 404]);

/** The body of an error answer. */
export const errorBody = (problems: readonly ApiProblem[], nextId: () => string): unknown => ({
  errors: problems.map(({ links = {}, meta = {}, ...problem }) => ({
    id: nextId(),
    ...problem,
    ...(!bare.has(problem.status) && { links, meta }),
  })),
});
