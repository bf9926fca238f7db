import type { CallOutcome, PermitRequest, Permits } from '../../shared/klaviyo/index.ts';

/** Permits without limits that remember what was asked for and how each call ended. */
export const createFreePermits = () => {
  const taken: PermitRequest[] = [];
  const outcomes: CallOutcome[] = [];
  const permits: Permits = {
    async take(request) {
      taken.push(request);
      return { report: (outcome) => void outcomes.push(outcome) };
    },
    async flush() {},
  };
  return { permits, taken, outcomes };
};

/** Permits for every call but those for which an error is given. */
export const createRefusingPermits = (
  refusalOf: (request: PermitRequest) => Error | undefined,
): Permits => ({
  async take(request) {
    const refusal = refusalOf(request);
    if (refusal !== undefined) throw refusal;
    return { report: () => {} };
  },
  async flush() {},
});
