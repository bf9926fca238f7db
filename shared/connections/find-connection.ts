/** From a connection's id to what its jobs and scans need. */

import { isAllowedUrl, type KlaviyoConnection } from '../klaviyo/index.ts';
import type { ConnectionSettings } from './contract.ts';

export interface Connection {
  readonly settings: ConnectionSettings;
  readonly klaviyo: KlaviyoConnection;
}

/** A connection that jobs may use, or why they may not now. */
export type ConnectionState<C> =
  | { readonly kind: 'open'; readonly connection: C }
  | { readonly kind: 'held' }
  | { readonly kind: 'unknown' };

/** The `Authorization` header of a connection; `rejected` is one that Klaviyo has refused. */
export type Authorise = (settings: ConnectionSettings, rejected?: string) => Promise<string>;

export interface OpenConnectionOptions {
  readonly authorise: Authorise;
  /** Whether the API URL of a connection may lead elsewhere than to Klaviyo. */
  readonly allowAnyApiUrl: boolean;
}

/** What jobs and scans need of a connection, by its settings; or why they may not have it now. */
export type OpenConnection = (settings: ConnectionSettings) => ConnectionState<Connection>;

export interface FindConnectionOptions extends OpenConnectionOptions {
  readonly readSettings: (connectionId: string) => Promise<ConnectionSettings | undefined>;
  /** @default the system's clock */
  readonly now?: () => number;
}

export type FindConnection = (connectionId: string) => Promise<ConnectionState<Connection>>;

/** How long an instance goes on with settings that may have changed since. */
const keptForMs = 30_000;

/** A connection that Klaviyo limits and authorises by its settings. */
export const toConnection = (settings: ConnectionSettings, authorise: Authorise): Connection => ({
  settings,
  klaviyo: {
    quotaScope: settings.accountId ?? settings.connectionId,
    apiUrl: settings.apiUrl,
    revision: settings.revision,
    throttle: settings.throttle,
    authorisation: (rejected) => authorise(settings, rejected),
  },
});

/** @throws Error when the API URL is not Klaviyo's and has to be. */
export const createOpenConnection =
  ({ authorise, allowAnyApiUrl }: OpenConnectionOptions): OpenConnection =>
  (settings) => {
    if (!isAllowedUrl(settings.apiUrl, allowAnyApiUrl))
      throw new Error(`the API URL of connection ${settings.connectionId} is not Klaviyo's`);
    if (settings.status !== 'connected') return { kind: 'held' };
    return { kind: 'open', connection: toConnection(settings, authorise) };
  };

export const createFindConnection = ({
  readSettings,
  now = Date.now,
  ...options
}: FindConnectionOptions): FindConnection => {
  const open = createOpenConnection(options);
  const kept = new Map<
    string,
    { readonly settings: ConnectionSettings; readonly untilMs: number }
  >();

  const currentSettings = async (connectionId: string) => {
    const known = kept.get(connectionId);
    if (known !== undefined && known.untilMs > now()) return known.settings;
    const settings = await readSettings(connectionId);
    if (settings === undefined) kept.delete(connectionId);
    else kept.set(connectionId, { settings, untilMs: now() + keptForMs });
    return settings;
  };

  return async (connectionId) => {
    const settings = await currentSettings(connectionId);
    return settings === undefined ? { kind: 'unknown' } : open(settings);
  };
};
