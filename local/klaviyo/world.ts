import type { AnsweredCall } from './call-log.ts';
import { createFaultScript, type Fault, type FaultScript } from './faults.ts';
import { type Authorize, type AutoConsent, createAuthorize } from './oauth/authorize.ts';
import { createGrants, type Grants, type OAuthApp, type OAuthSettings } from './oauth/grants.ts';
import { createRandom, type Random } from './random.ts';
import {
  createRateLimiting,
  type RateLimiting,
  type RateLimitingOptions,
} from './rate-limiting.ts';
import { type Clock, type ClockOptions, createClock } from './simulated-clock.ts';
import { type Account, type AccountOptions, createAccount, type Delays } from './state/account.ts';

export interface KlaviyoSimulatorOptions {
  /** @default any free port */
  readonly port?: number;
  /**
   * This machine's name to its callers. Another than loopback's opens the port to the network.
   * @default 127.0.0.1
   */
  readonly host?: string;
  /** The same seed gives the same ids, tokens and faults. @default 1 */
  readonly seed?: number;
  /** @default the machine's clock */
  readonly nowMs?: () => number;
  /** Where the simulator's own clock begins, and whether it runs. @default that of `nowMs` */
  readonly clock?: ClockOptions;
  /** @default one account with the private key `pk_simulated` */
  readonly accounts?: readonly AccountOptions[];
  readonly oauthApps?: readonly OAuthApp[];
  readonly oauth?: OAuthSettings;
  /** The account that consents at once, or `deny`. @default a page asks */
  readonly autoConsent?: AutoConsent;
  /** @default Klaviyo's limits in windows tied to the clock, refused calls counted */
  readonly rateLimits?: RateLimitingOptions | 'off';
  /** @default one second for subscriptions, events and jobs, none for the index of `updated` */
  readonly delays?: Partial<Delays>;
  /** How long a page cursor can be used. @default three days */
  readonly cursorLifetimeMs?: number;
  /** Bounds of time filters closer to now than this answer 400. @default 0 */
  readonly filterMarginMs?: number;
  readonly faults?: readonly Fault[];
  /** Told of every call, without ids or content. @default nobody is told */
  readonly onCall?: (call: AnsweredCall) => void;
}

/** All that a simulator holds: made anew by a reset. */
export interface World {
  readonly random: Random;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly accounts: Account[];
  readonly apps: OAuthApp[];
  readonly grants: Grants;
  readonly authorize: Authorize;
  readonly delays: { -readonly [Name in keyof Delays]: Delays[Name] };
  /** One more account. */
  addAccount(options: AccountOptions): Account;
  rateLimiting: RateLimiting;
  readonly cursorLifetimeMs: number;
  readonly filterMarginMs: number;
  autoConsent: AutoConsent;
  faults: FaultScript;
}

const defaultAccounts: readonly AccountOptions[] = [{ privateKeys: [{ key: 'pk_simulated' }] }];
const day = 24 * 3600 * 1000;

/** A fresh world. */
export const createWorld = (options: KlaviyoSimulatorOptions): World => {
  const { cursorLifetimeMs = 3 * day } = options;
  const clock = createClock(options.nowMs ?? Date.now, options.clock);
  const { nowMs } = clock;
  const apps = [...(options.oauthApps ?? [])];
  const random = createRandom(options.seed ?? 1);
  const delays = {
    subscriptionMs: 1000,
    eventMs: 1000,
    jobMs: 1000,
    visibilityMs: 0,
    ...options.delays,
  };
  const services = { random, nowMs, delays };
  const accounts = (options.accounts ?? defaultAccounts).map((one) => createAccount(one, services));
  const grants = createGrants(options.oauth ?? {}, random, nowMs);
  const world: World = {
    ...{ random, clock, nowMs, accounts, apps, grants, delays, cursorLifetimeMs },
    addAccount: (one) => {
      const account = createAccount(one, services);
      accounts.push(account);
      return account;
    },
    filterMarginMs: options.filterMarginMs ?? 0,
    rateLimiting: createRateLimiting(options.rateLimits ?? {}, nowMs),
    authorize: createAuthorize({
      ...{ grants, apps, accounts: () => accounts },
      autoConsent: () => world.autoConsent,
    }),
    autoConsent: options.autoConsent,
    faults: createFaultScript(options.faults ?? [], random),
  };
  return world;
};
