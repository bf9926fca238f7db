/** One request and its whole answer, within bounds of time and size. */
import ky from 'ky';
import { withDeadline } from './deadline.ts';
import { type Endpoint, operationOf } from './endpoint.ts';
import { KlaviyoUnreachableError } from './errors.ts';

/** No call takes longer; the permit ledger counts on it. */
export const requestTimeoutMs = 10_000;

/**
 * The most that is read of an answer, as it is after decompression. The largest of Klaviyo's are
 * pages of a hundred profiles with all their properties; a function has 512 MB, and text takes
 * about three times its size while it is parsed.
 */
export const maxAnswerBytes = 32 * 1024 * 1024;

export interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** What was read of it. */
  readonly text: string;
  readonly bytes: number;
  /** There was more than is read of any answer. */
  readonly isCut: boolean;
  /** The text as JSON; undefined where it is none. */
  readonly body: unknown;
}

export type Fetch = typeof globalThis.fetch;

/** What of an operation decides how its answers are read. */
export type Operation = Pick<Endpoint, 'method' | 'path' | 'safeToRetry'>;

/**
 * What the innermost error is called, and nothing else of it: ky's errors hold the whole request,
 * credentials included, and a malformed header is quoted in the message.
 */
const reasonOf = (error: unknown): Error => {
  if (!(error instanceof Error)) return new Error(typeof error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as { code?: unknown };
  return new Error(typeof code === 'string' ? code : error.name);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads up to the cap; leaving off closes the connection. */
const readText = async ({
  body,
}: Response): Promise<Pick<HttpAnswer, 'text' | 'bytes' | 'isCut'>> => {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxAnswerBytes) return { text: '', bytes, isCut: true };
    text += decoder.decode(chunk, { stream: true });
  }
  return { text: text + decoder.decode(), bytes, isCut: false };
};

/**
 * Sends a request and reads the whole answer, whatever its status. Redirects are not followed: the
 * credentials would go along.
 * @throws KlaviyoUnreachableError when there is no answer in time.
 */
export const exchange = async (
  endpoint: Operation,
  { url, headers, body, signal }: HttpRequest,
  fetch: Fetch,
): Promise<HttpAnswer> => {
  let stop: AbortSignal | undefined;
  const send = async (stopSignal: AbortSignal): Promise<HttpAnswer> => {
    stop = stopSignal;
    const response = await ky(url, {
      method: endpoint.method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
      // ky makes a Request, whose signal nobody hears any more once it has been collected.
      fetch: (request, init) => fetch(request, { ...init, signal: stopSignal }),
    });
    const read = await readText(response);
    return {
      status: response.status,
      headers: response.headers,
      ...read,
      body: parseJson(read.text),
    };
  };
  try {
    return await withDeadline({ timeoutMs: requestTimeoutMs, signal }, send);
  } catch (error) {
    const { safeToRetry } = endpoint;
    const operation = operationOf(endpoint);
    const mayStillHappen = stop?.aborted ?? false;
    throw new KlaviyoUnreachableError(operation, safeToRetry, reasonOf(error), mayStillHappen);
  }
};
