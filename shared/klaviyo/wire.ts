/** Where a request goes. */
import { type Endpoint, operationOf, type WireRequest } from './endpoint.ts';
import { KlaviyoResponseError } from './errors.ts';

/** The URL of a request, with every value encoded. */
export const urlOf = (
  apiUrl: string,
  endpoint: Endpoint,
  { path = {}, query = {} }: WireRequest,
): URL => {
  const filled = endpoint.path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(path[name] ?? ''),
  );
  const url = new URL(apiUrl.replace(/\/+$/, '') + filled);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);
  return url;
};

/**
 * The next page of a collection, exactly as Klaviyo gave it; undefined after the last one.
 * @throws KlaviyoResponseError when it leads elsewhere: the credentials go to the API alone.
 */
export const nextPageOf = (
  apiUrl: string,
  endpoint: Endpoint,
  nextUrl: string | null,
): URL | undefined => {
  if (nextUrl === null) return undefined;
  const url = URL.parse(nextUrl);
  if (url?.origin !== new URL(apiUrl).origin)
    throw new KlaviyoResponseError(
      operationOf(endpoint),
      new Error('links.next leads away from the API URL'),
    );
  return url;
};
