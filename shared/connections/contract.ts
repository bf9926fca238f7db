/** A connection: one tenant's link to one Klaviyo account. */
import * as z from 'zod';

export const connectionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of A-Z, a-z, 0-9, _ or -');

/** Klaviyo's API version date, with the suffix that pre-releases carry. */
const noRevision = 'must be a Klaviyo revision such as 2023-10-15';
export const revision = z
  .string(noRevision)
  .regex(/^20\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(\.[a-z]+)?$/, noRevision);

export const defaultRevision = '2023-10-15';
export const defaultApiUrl = 'https://a.klaviyo.com';

export const authKind = z.enum(['oauth', 'private_key']);

/**
 * - `connected`: jobs flow.
 * - `paused`: an operator holds the jobs of this connection.
 * - `needs_authorisation`: Klaviyo refused the credentials; jobs are held until it is connected again.
 */
export const connectionStatus = z.enum(['connected', 'paused', 'needs_authorisation']);

/** A subscriber's own throttle, on top of Klaviyo's limits. */
export const throttle = z.strictObject({
  /** The part of each of Klaviyo's limits that this connection may use, above 0 and up to 1. */
  share: z.number().gt(0).max(1).default(1),
  /** Calls in flight at once, in each function instance. Left out: no cap but Klaviyo's limits. */
  maxInFlight: z.int().min(1).optional(),
});

export const pollSettings = z.strictObject({
  enabled: z.boolean().default(true),
  /** Least time between two scans of this connection. */
  everySeconds: z.int().min(60).max(86_400).default(60),
  /** Where the first scan starts: now, at the account's oldest profile, or at a date. */
  startFrom: z
    .union([
      z.literal(['now', 'beginning']),
      z.iso.datetime({
        offset: true,
        error: 'must be now, beginning, or a time with its offset, such as 2026-01-31T12:00:00Z',
      }),
    ])
    .default('now'),
  /** How far behind its watermark a scan looks, for changes that Klaviyo shows late. */
  overlapSeconds: z.int().min(0).max(3_600).default(60),
  /** Link a profile matched by e-mail or phone at once, without the other system's confirmation. */
  autoLink: z.boolean().default(false),
});

/** The stored settings of a connection: `connections` table, sort key `settings`. */
export const connectionSettings = z.object({
  connectionId,
  status: connectionStatus,
  auth: authKind,
  /** Klaviyo's id of the account, known once it is connected; it also scopes the quotas. */
  accountId: z.string().min(1).optional(),
  apiUrl: z.url({ protocol: /^https?$/ }).default(defaultApiUrl),
  revision: revision.default(defaultRevision),
  throttle: throttle.prefault({}),
  /** `false`: transaction jobs are acknowledged and counted, and nothing is sent to Klaviyo. */
  generateEvents: z.boolean().default(true),
  /** `true`: every event is looked up in Klaviyo a while after it was accepted. */
  confirmEvents: z.boolean().default(false),
  poll: pollSettings.prefault({}),
});

export type ConnectionSettings = z.output<typeof connectionSettings>;

/**
 * Under what is remembered of a connection's customers and profiles: the account is part of it, so
 * that nothing of one account is believed of another. Neither id has a `/` in it.
 */
export const memoryKeyOf = ({
  connectionId,
  accountId = '',
}: Pick<ConnectionSettings, 'connectionId' | 'accountId'>): string =>
  `${connectionId}/${accountId}`;

const fromJson = (given: unknown): unknown => {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given);
  } catch {
    return given; // which is no object, and refused as such
  }
};

/**
 * Settings that the new connections of a stage begin with, as an object or its JSON: given when the
 * stage is deployed, told by its stack, and used by `bridge connections add`.
 */
export const connectionDefaults = z.preprocess(
  fromJson,
  z.strictObject({
    revision: revision.optional(),
    throttle: throttle.optional(),
    generateEvents: z.boolean().optional(),
    confirmEvents: z.boolean().optional(),
    poll: pollSettings.optional(),
  }),
);

export type ConnectionDefaults = z.output<typeof connectionDefaults>;

/** What the secret of a connection holds. Never logged, never in an error text. */
export const credentials = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('private_key'), privateKey: z.string().min(1) }),
  z.object({
    kind: z.literal('oauth'),
    accessToken: z.string().min(1),
    refreshToken: z.string().min(1),
    /** Epoch milliseconds at which the access token stops working. */
    expiresAtMs: z.number(),
    /** Epoch milliseconds at which it was asked for. */
    issuedAtMs: z.number().optional(),
    scope: z.string().optional(),
  }),
]);

export type Credentials = z.output<typeof credentials>;

/** What the secret of the OAuth app holds: one app for all connections of a stage. */
export const oauthApp = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) });

export type OAuthApp = z.output<typeof oauthApp>;

/** The names of the secrets of a stage, each after the stage's `SECRET_NAME_PREFIX`. */
export const secretNames = {
  prefix: (stage: string) => `klaviyo-bridge/${stage}/`,
  oauthApp: 'oauth-app',
  connection: (id: string) => `connections/${id}`,
} as const;
