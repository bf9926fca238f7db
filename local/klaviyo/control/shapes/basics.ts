/** What the shapes of the control interface are made of. Instants go as ISO 8601. */
import * as z from 'zod';

/** An instant as text, in milliseconds once it is read. */
export const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .meta({ description: 'a time with its offset, such as 2026-01-31T12:00:00Z' });

export const instantText = z.iso.datetime();
export const toText = (atMs: number): string => new Date(atMs).toISOString();
export const toTextOrNull = (atMs: number | undefined): string | null =>
  atMs === undefined ? null : toText(atMs);

export const id = z.string().min(1).max(100);
export const channel = z.enum(['email', 'sms']);
export const durationMs = z.number().int().min(0).max(86_400_000);
export const count = z.number().int().min(0);
export const endpoint = z
  .string()
  .regex(/^(GET|POST|PATCH|PUT|DELETE) \/\S+$/, 'must be such as GET /api/profiles/{id}')
  .meta({ description: 'an endpoint such as `GET /api/profiles/{id}` or `POST /oauth/token`' });

/** Nothing to say but that it is done. */
export const done = z.strictObject({ done: z.literal(true) });
