import { onTestFinished } from 'vitest';
import { routes } from '../../../local/klaviyo/routes.ts';
import type { KlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';

const others =
  /bulk-import|merge|data-privacy|suppression-bulk|metrics|^(GET|POST) \/api\/(lists|events)\/\{id\}$|^POST \/api\/lists$|\/lists$/;

const isOther = (endpoint: string): boolean =>
  others.test(endpoint) && endpoint !== 'GET /api/lists';

/** The operations that official-sdk.test.ts tries. */
export const everydayOperations = routes
  .map(({ endpoint }) => endpoint)
  .filter((endpoint) => !isOther(endpoint));

/** The operations that official-sdk-jobs.test.ts tries. */
export const otherOperations = routes.map(({ endpoint }) => endpoint).filter(isOther);

/** Collects which operations have answered well. */
export const createTried = () => {
  const tried = new Set<string>();
  return {
    tried,
    /** At the end of a test: what its simulator has answered. */
    watch: ({ calls }: KlaviyoSimulator): void =>
      onTestFinished(() => {
        for (const { endpoint, status } of calls()) if (status < 300) tried.add(endpoint);
      }),
  };
};
