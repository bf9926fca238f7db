/** The file of settings that a simulator starts with. */
import * as z from 'zod';
import type { KlaviyoSimulatorOptions } from '../../world.ts';
import { seedAccount, seedOAuthApp } from './account-shapes.ts';
import { durationMs, id } from './basics.ts';
import { delays, fault, limits } from './trouble-shapes.ts';

const seconds = z.number().int().min(1);

const oauth = z.strictObject({
  expiresInSeconds: seconds.exactOptional(),
  rotateRefreshTokens: z.boolean().exactOptional(),
  codeLifetimeSeconds: seconds.exactOptional(),
  refreshLifetimeSeconds: seconds.exactOptional(),
  deadRefreshError: z.enum(['invalid_grant', 'invalid_grant_type']).exactOptional(),
});

const accounts = z
  .array(seedAccount)
  .min(1)
  .superRefine((all, context) => {
    const seen = new Set<string>();
    for (const [index, { id: accountId, privateKeys = [] }] of all.entries()) {
      for (const name of [accountId, ...privateKeys.map(({ key }) => key)]) {
        const isTwice = name !== undefined && seen.has(name);
        if (isTwice) {
          context.addIssue({ code: 'custom', path: [index], message: 'shares an id or a key' });
        }
        if (name !== undefined) seen.add(name);
      }
    }
  });

export const settings = z.strictObject({
  accounts: accounts.exactOptional(),
  oauthApps: z.array(seedOAuthApp).exactOptional(),
  oauth: oauth.exactOptional(),
  autoConsent: id
    .exactOptional()
    .meta({ description: 'the account whose merchant consents without being asked, or `deny`' }),
  limits: limits.exactOptional(),
  delays: delays.exactOptional(),
  faults: z.array(fault).exactOptional(),
  cursorLifetimeMs: durationMs.exactOptional(),
  filterMarginMs: durationMs.exactOptional(),
});

/** As the simulator takes them. */
export const toSimulatorOptions = ({
  limits: rateLimits,
  ...rest
}: z.output<typeof settings>): KlaviyoSimulatorOptions => ({
  ...rest,
  ...(rateLimits !== undefined && { rateLimits }),
});
