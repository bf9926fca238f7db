/** In the functions' bundles, in the place of the AWS SDK's event streams: no operation of ours has one. */
throw new Error('the bundle is without event streams (lib/constructs/bundle.ts)');

export {};
