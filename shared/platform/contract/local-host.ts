/** What `npm start` writes down for as long as it runs, so that nobody has to type its addresses. */
import * as z from 'zod';

/** In the folder of the project, in which `npm` runs every script. */
export const localHostFile = 'cdk.out/local-host.json';

export const localHost = z.object({
  /** The process without which the rest is of no use. */
  processId: z.int().positive(),
  /** What makes an AWS SDK talk to the host alone. */
  environment: z.record(z.string(), z.string()),
  /** The simulated Klaviyo, unless the host works with the real one. */
  klaviyoUrl: z.url().optional(),
});

export type LocalHost = z.output<typeof localHost>;
