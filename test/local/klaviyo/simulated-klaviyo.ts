import { onTestFinished } from 'vitest';
import {
  type KlaviyoSimulator,
  type KlaviyoSimulatorOptions,
  startKlaviyoSimulator,
} from '../../../local/klaviyo/simulator.ts';

export const testKey = 'pk_test';
export const testAccount = 'ACC001';
/** A moment at which 2025-01-15 is the oldest revision that Klaviyo serves. */
export const testTimeMs = Date.parse('2026-11-23T12:00:00Z');
export const newest = '2026-07-15';

interface Request {
  readonly body?: unknown;
  /** @default the newest */
  readonly revision?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

interface Resource {
  readonly type: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly relationships: Readonly<Record<string, { readonly data: unknown }>>;
}

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly source: unknown;
  readonly meta: { readonly duplicate_profile_id?: string };
}

/** What a body may hold, as tests look at it: a member that is missing fails their comparison. */
interface AnswerBody {
  readonly data: Resource;
  readonly included: unknown;
  readonly links: { readonly next: string | null };
  readonly errors: readonly [Problem, ...Problem[]];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
  /** `data` of a collection. */
  readonly items: readonly Resource[];
  readonly text: string;
}

export interface TestKlaviyo {
  readonly simulator: KlaviyoSimulator;
  /** The simulator's clock, which stands still until it is moved. */
  readonly clock: { nowMs: number };
  call(method: string, path: string, request?: Request): Promise<Answer>;
}

const parse = (text: string) => (text.startsWith('{') ? JSON.parse(text) : {});

/** A simulator with one account, a clock that stands still and no delays, for one test. */
export const startTestKlaviyo = async (
  options: KlaviyoSimulatorOptions = {},
): Promise<TestKlaviyo> => {
  const clock = { nowMs: testTimeMs };
  const simulator = await startKlaviyoSimulator({
    nowMs: () => clock.nowMs,
    accounts: [{ id: testAccount, privateKeys: [{ key: testKey }] }],
    delays: { subscriptionMs: 0, eventMs: 0, jobMs: 0 },
    rateLimits: 'off',
    ...options,
  });
  onTestFinished(() => simulator.close());

  const call: TestKlaviyo['call'] = async (method, path, request = {}) => {
    const { body, revision = newest, headers = {}, query = {} } = request;
    const url = new URL(simulator.url + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const response = await fetch(url, {
      method,
      headers: { authorization: `Klaviyo-API-Key ${testKey}`, revision, ...headers },
      redirect: 'manual',
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { status, headers: received } = response;
    const text = await response.text();
    const parsed = parse(text);
    return { status, headers: received, body: parsed, items: parsed.data, text };
  };
  return { simulator, clock, call };
};

/** The one problem of a refused request. */
export const problemOf = ({ body }: Answer): Problem => body.errors[0];

/** The page behind a page, as a path to call, or null. */
export const nextOf = ({ body }: Answer): string | null => {
  if (body.links.next === null) return null;
  const { pathname, search } = new URL(body.links.next);
  return pathname + search;
};

export const profileBody = (attributes: object, rest: object = {}) => ({
  data: { type: 'profile', ...rest, attributes },
});

export const eventBody = (
  attributes: object = {},
  profile: object = { email: 'a@example.com' },
) => ({
  data: {
    type: 'event',
    attributes: {
      properties: {},
      metric: { data: { type: 'metric', attributes: { name: 'Placed Order' } } },
      profile: { data: { type: 'profile', attributes: profile } },
      ...attributes,
    },
  },
});

const consented = (state: string) => ({ email: { marketing: { consent: state } } });

export const subscribeBody = (
  emails: readonly string[],
  listId?: string,
  { attributes = {}, row = {} }: { attributes?: object; row?: object } = {},
) => ({
  data: {
    type: 'profile-subscription-bulk-create-job',
    attributes: {
      profiles: {
        data: emails.map((email) => ({
          type: 'profile',
          attributes: { email, subscriptions: consented('SUBSCRIBED'), ...row },
        })),
      },
      ...attributes,
    },
    ...(listId && { relationships: { list: { data: { type: 'list', id: listId } } } }),
  },
});

export const unsubscribeBody = (emails: readonly string[], listId?: string) => ({
  data: {
    type: 'profile-subscription-bulk-delete-job',
    attributes: {
      profiles: {
        data: emails.map((email) => ({
          type: 'profile',
          attributes: { email, subscriptions: consented('UNSUBSCRIBED') },
        })),
      },
    },
    ...(listId && { relationships: { list: { data: { type: 'list', id: listId } } } }),
  },
});
