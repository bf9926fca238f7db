/** The Lambda handler of the pages: which page, within what time, and what is told of it. */
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import type { TokenDeadline } from '../../shared/connections/token-request.ts';
import type { Logger } from '../../shared/platform/logger.ts';
import type { Metrics } from '../../shared/platform/metrics.ts';
import { type PageRequest, toPageRequest } from './http.ts';
import { toAnswer } from './pages/page.ts';
import { pages } from './pages/pages.ts';
import type { PageResult, PageResultName } from './result.ts';

export interface AnswerBrowserOptions {
  readonly connect: (request: PageRequest) => Promise<PageResult>;
  readonly callback: (request: PageRequest, deadline: TokenDeadline) => Promise<PageResult>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly flush: () => Promise<void>;
  /** @default the system's clock */
  readonly now?: (() => number) | undefined;
}

/** Kept for the page itself, and for the writes before it. */
const answeringMs = 4_000;
/** The longest that a call to Klaviyo takes once it has begun. */
const callMs = 10_000;

const severe: ReadonlySet<PageResultName> = new Set(['not_set_up', 'failed']);

const notAllowed = (allow: string): PageResult => {
  const answer = toAnswer(pages.notAllowed);
  return { name: 'not_allowed', answer: { ...answer, headers: { ...answer.headers, allow } } };
};

/** Nobody reads the page, so nothing is used up for it. */
const unread = ({ method, speculative }: PageRequest): PageResult | undefined => {
  const answer = toAnswer(pages.openYourself);
  // Browsers throw away what they fetched ahead where it failed, and ask again for the person.
  if (speculative) return { name: 'not_opened', answer: { ...answer, statusCode: 503 } };
  return method === 'HEAD' ? { name: 'not_opened', answer } : undefined;
};

const withoutBody = (result: PageResult): PageResult => ({
  ...result,
  answer: { ...result.answer, body: '' },
});

export const createAnswerBrowser = (options: AnswerBrowserOptions) => {
  const { connect, callback, logger, metrics, flush, now = Date.now } = options;

  const deadlineOf = (context: Context): TokenDeadline => {
    const leftMs = context.getRemainingTimeInMillis() - answeringMs;
    const signal = AbortSignal.timeout(Math.max(0, leftMs));
    return { notAfterMs: now() + Math.max(0, leftMs - callMs), signal };
  };

  const respond = async (request: PageRequest, context: Context): Promise<PageResult> => {
    const page = {
      '/oauth/connect': { methods: ['GET', 'HEAD', 'POST'], open: () => connect(request) },
      '/oauth/callback': {
        methods: ['GET', 'HEAD'],
        open: () => unread(request) ?? callback(request, deadlineOf(context)),
      },
    }[request.path];
    if (page === undefined) return { name: 'not_found', answer: toAnswer(pages.notFound) };
    if (!page.methods.includes(request.method)) return notAllowed(page.methods.join(', '));
    const result = await page.open();
    return request.method === 'HEAD' ? withoutBody(result) : result;
  };

  const record = ({ name, connectionId, error }: PageResult): void => {
    const level = severe.has(name) ? 'error' : error === undefined ? 'info' : 'warn';
    logger[level]('a page was answered', { result: name, connectionId }, error);
    metrics.add('OAuthPages', 1, { result: name });
  };

  return async (
    event: APIGatewayProxyEventV2,
    context: Context,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const result = await respond(toPageRequest(event), context).catch(
      (error: unknown): PageResult => ({ name: 'failed', answer: toAnswer(pages.failed), error }),
    );
    record(result);
    await flush();
    return result.answer;
  };
};
