/** What an HTTP API answers, given what the function returned: payload format 2.0. */
import * as z from 'zod';

export interface HttpReply {
  readonly statusCode: number;
  /** A header that is sent several times has several values. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const shaped = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), scalar).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalar)).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

const hasStatus = z.looseObject({ statusCode: z.unknown() });

const jsonType = { 'content-type': 'application/json' };

export const plainReply = (statusCode: number, message: string): HttpReply => ({
  statusCode,
  headers: jsonType,
  body: Buffer.from(JSON.stringify({ message })),
});

const lowerCased = <T>(headers: Readonly<Record<string, T>> | null | undefined) =>
  Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );

const toReply = (response: z.output<typeof shaped>): HttpReply => ({
  statusCode: response.statusCode,
  headers: {
    'content-type': 'text/plain;charset=utf-8',
    ...lowerCased(response.headers),
    ...lowerCased(response.multiValueHeaders),
    ...(response.cookies?.length ? { 'set-cookie': response.cookies } : {}),
  },
  body: Buffer.from(response.body ?? '', response.isBase64Encoded ? 'base64' : 'utf8'),
});

/**
 * A response with a status is taken as it is; anything else becomes the body of a 200, a string as
 * it is and the rest as JSON. A status with a shape that API Gateway cannot read is a 500.
 * @param payload what the handler returned, as JSON.
 */
export const toHttpReply = (payload: string): HttpReply => {
  const returned: unknown = JSON.parse(payload);
  if (!hasStatus.safeParse(returned).success) {
    const body = typeof returned === 'string' ? returned : payload;
    return { statusCode: 200, headers: jsonType, body: Buffer.from(body) };
  }
  const parsed = shaped.safeParse(returned);
  return parsed.success ? toReply(parsed.data) : plainReply(500, 'Internal Server Error');
};
