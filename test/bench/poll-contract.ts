/** What the processes of the poll's benchmark tell one another. */

export interface KlaviyoOptions {
  readonly accounts: number;
  readonly profilesPerAccount: number;
  readonly latencyMs: number;
}

export interface AwsOptions {
  readonly connections: number;
  readonly klaviyoUrl: string;
  /** Where the connections' polls stand: the beginning, or a minute ago. */
  readonly startFrom: 'beginning' | 'a minute ago';
}

/** What the handler's environment needs to know of the stand-ins for AWS. */
export interface AwsAddresses {
  readonly dynamodb: string;
  readonly sqs: string;
  readonly secrets: string;
  readonly inboundUrl: string;
}

/** What one run of the poll took. */
export interface RunReport {
  readonly durationMs: number;
  readonly summary: { readonly due: number; readonly finished: number; readonly published: number };
  /** AWS requests by operation, such as `DynamoDB.UpdateItem`. */
  readonly requests: Readonly<Record<string, number>>;
  /** The most that the process has held so far. */
  readonly peakBytes: number;
}

export const keyOf = (account: number): string => `pk_${account}`;
export const accountIdOf = (account: number): string => `Acct${account}`;
