/**
 * In the functions' bundles, in the place of `ky`: loads it with the first call to Klaviyo. With it
 * comes Node's fetch, a sixth of all that there is to load; a page, or a batch of nothing but old
 * news, needs neither.
 */
import type ky from '../../../node_modules/ky/distribution/index.js';

// biome-ignore lint/style/noDefaultExport: ky has one
export default async (...request: Parameters<typeof ky>): Promise<Response> => {
  // By its path: its name leads here.
  const { default: call } = await import('../../../node_modules/ky/distribution/index.js');
  return await call(...request);
};
