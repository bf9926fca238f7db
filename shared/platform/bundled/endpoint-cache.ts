/**
 * In the functions' bundles, in the place of `@aws-sdk/endpoint-cache`. Every DynamoDB client makes
 * one, and no operation of DynamoDB's asks it: discovered endpoints are Timestream's.
 */
const leftOut = (): never => {
  throw new Error('the bundle is without endpoint discovery (lib/constructs/bundle.ts)');
};

export class EndpointCache {
  readonly getEndpoint = leftOut;
  readonly get = leftOut;
  readonly set = leftOut;
  readonly delete = leftOut;
  readonly has = leftOut;
  readonly clear = leftOut;
}
