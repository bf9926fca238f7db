/** Stands in for shared/pacing/create-permits.ts where a benchmark wants every permit at once. */
import type { Permits } from '../../shared/klaviyo/index.ts';

export const createPermits = (): Permits => ({
  take: async () => ({ report() {} }),
  async flush() {},
});
