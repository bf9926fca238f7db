import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback } from './access.ts';
import { type Exchange, exchangeApi, exchangeOAuth } from './answer-call.ts';
import { type CallCount, type CallLog, createCallLog } from './call-log.ts';
import { exchangeOwn } from './exchange-own.ts';
import { createFaultScript, type Fault } from './faults.ts';
import type { Incoming } from './http-messages.ts';
import { inspectAccount, type SimulatedAccount } from './inspection.ts';
import type { AutoConsent } from './oauth/authorize.ts';
import { answerSlowly } from './slow-answer.ts';
import type { Account } from './state/account.ts';
import { createWorld, type KlaviyoSimulatorOptions, type World } from './world.ts';

export interface KlaviyoSimulator {
  /** Where it is reached, for the API and for OAuth alike: `http://127.0.0.1:…` */
  readonly url: string;
  /** The accounts and their keys. */
  accounts(): readonly Pick<Account, 'id' | 'name' | 'privateKeys'>[];
  /** An account from inside. @default the first. @throws Error for an unknown id */
  account(id?: string): SimulatedAccount;
  /** How many calls were answered how. */
  calls(): CallCount[];
  /** How many calls there were, of those that match. */
  countCalls(match?: { endpoint?: string; account?: string; status?: number }): number;
  setFaults(faults: readonly Fault[]): void;
  setAutoConsent(accountId: AutoConsent): void;
  /** All access tokens (of an account) expire now. */
  expireAccessTokens(accountId?: string): void;
  /** The merchant removes the apps: all tokens of the account die. */
  uninstallApps(accountId: string): void;
  /** Back to the beginning, with empty counts. */
  reset(): void;
  close(): Promise<void>;
}

const maxRequestBytes = 6_000_000;

/** The body, or undefined where it is larger than any that Klaviyo takes. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= maxRequestBytes) chunks.push(chunk);
  }
  return bytes > maxRequestBytes ? undefined : Buffer.concat(chunks).toString();
};

/** As the caller names this machine; links then lead to where the caller already is. */
const originOf = ({ headers: { host = '' } }: IncomingMessage, url: string): string =>
  isLoopback(host) ? `http://${host}` : url;

const answer = (response: ServerResponse, { outgoing }: Exchange): void => {
  if (!outgoing) {
    response.socket?.resetAndDestroy();
    return;
  }
  if (outgoing.pace === undefined)
    response.writeHead(outgoing.status, outgoing.headers).end(outgoing.body);
  else answerSlowly(response, outgoing);
};

const listen = async (server: Server, port: number, host: string): Promise<string> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, isLoopback(host) ? '127.0.0.1' : '0.0.0.0', resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return `http://${host}:${actual}`;
};

const createControls = (
  current: () => World,
  log: CallLog,
): Omit<KlaviyoSimulator, 'url' | 'reset' | 'close'> => ({
  accounts: () => current().accounts,
  account: (id = current().accounts[0]?.id) => {
    const find = () => {
      const account = current().accounts.find((one) => one.id === id);
      if (!account) throw new Error(`the simulator has no account ${id}`);
      return account;
    };
    return inspectAccount(find);
  },
  calls: () => log.counts(),
  countCalls: (match = {}) =>
    log
      .counts()
      .filter((one) => match.endpoint === undefined || one.endpoint === match.endpoint)
      .filter((one) => match.account === undefined || one.account === match.account)
      .filter((one) => match.status === undefined || one.status === match.status)
      .reduce((sum, { count }) => sum + count, 0),
  setFaults: (faults) => {
    current().faults = createFaultScript(faults, current().random);
  },
  setAutoConsent: (accountId) => {
    current().autoConsent = accountId;
  },
  expireAccessTokens: (accountId) => current().grants.expireAccessTokens(accountId),
  uninstallApps: (accountId) => current().grants.revokeAll({ accountId }),
});

export type { KlaviyoSimulatorOptions } from './world.ts';

/** Starts a Klaviyo on this machine: the API and OAuth on one loopback port. */
export const startKlaviyoSimulator = async (
  options: KlaviyoSimulatorOptions = {},
): Promise<KlaviyoSimulator> => {
  let world = createWorld(options);
  const log = createCallLog(options.onCall);
  const closing = new AbortController();
  const wait = (ms: number) => sleep(ms, undefined, { signal: closing.signal });
  const host = options.host ?? '127.0.0.1';
  let url = '';
  const reset = (): void => {
    world = createWorld(options);
    log.clear();
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const origin = originOf(request, url);
    const target = new URL(origin + (request.url ?? '/').replace(/^\/+/, '/'));
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413).end();
      return;
    }
    const { method = 'GET', headers } = request;
    const incoming: Incoming = { method, headers, origin, body, url: target };
    const own = exchangeOwn({ url, world, log, reset }, incoming, host);
    if (own) {
      response.writeHead(own.status, own.headers).end(own.body);
      return;
    }
    const isOAuth = target.pathname.startsWith('/oauth/');
    const startedAtMs = performance.now();
    const result = await (isOAuth ? exchangeOAuth : exchangeApi)(world, incoming, wait);
    const { endpoint, account, outgoing } = result;
    log.add(
      { endpoint, account, status: outgoing?.status ?? 0, atMs: world.nowMs() },
      {
        method,
        tookMs: performance.now() - startedAtMs,
        // What OAuth is told and tells are secrets: codes, verifiers, tokens.
        path: isOAuth ? target.pathname : target.pathname + target.search,
        request: isOAuth ? '' : body,
        answer: isOAuth ? '' : (outgoing?.body ?? ''),
      },
    );
    answer(response, result);
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      // The caller has gone, or the simulator closes; else it is a bug, and must be seen.
      if (closing.signal.aborted || response.destroyed) return;
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(error instanceof Error ? error.stack : 'unknown');
    });
  });
  url = await listen(server, options.port ?? 0, host);

  return {
    ...createControls(() => world, log),
    url,
    reset,
    close: async () => {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
