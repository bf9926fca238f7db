/** The JSON:API envelope: how Klaviyo wraps resources, pages and errors. */
import * as z from 'zod';
import type { KlaviyoProblem } from './errors.ts';

/** Nothing is read from the answer: 202 and 204 have no body. */
export const noContent = z.unknown().transform(() => undefined);

/** `{data: …}`, unwrapped. */
export const one = <T extends z.ZodType>(item: T) =>
  z.object({ data: item }).transform((document) => (document as { data: z.output<T> }).data);

/** One page of a collection; `nextUrl` is null on the last one. */
export const page = <T extends z.ZodType>(item: T) =>
  z
    .object({
      data: z.array(item),
      links: z.object({ next: z.string().nullish() }).nullish(),
    })
    .transform(({ data, links }) => ({ items: data, nextUrl: links?.next ?? null }));

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextUrl: string | null;
}

/** Where a page starts, from the URL that leads to it; null without one, or where it is no URL. */
export const cursorOf = (nextUrl: string | null): string | null =>
  URL.parse(nextUrl ?? '')?.searchParams.get('page[cursor]') ?? null;

/** Whether it is a JSON:API document at all: each has at least one of these members. */
export const isDocument = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  ['data', 'errors', 'meta'].some((name) => name in body);

const problemBody = z.object({
  errors: z
    .array(
      z.object({
        code: z.string(),
        detail: z.string().catch(''),
        source: z
          .object({ pointer: z.string().nullish(), parameter: z.string().nullish() })
          .nullish()
          .catch(null),
        meta: z.object({ duplicate_profile_id: z.string().nullish() }).nullish().catch(null),
      }),
    )
    .min(1),
});

/** Klaviyo's own account of what was wrong; undefined where the body is not Klaviyo's. */
export const parseProblems = (body: unknown): readonly KlaviyoProblem[] | undefined => {
  const parsed = problemBody.safeParse(body);
  return parsed.data?.errors.map(({ code, detail, source, meta }) => ({
    code,
    detail,
    pointer: source?.pointer ?? undefined,
    parameter: source?.parameter ?? undefined,
    duplicateProfileId: meta?.duplicate_profile_id ?? undefined,
  }));
};
