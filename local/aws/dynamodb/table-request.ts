/** What the host and dynalite's thread say to each other. */
export interface TableRequest {
  readonly id: number;
  /** AWS's name: `PutItem`. */
  readonly operation: string;
  /** JSON, as it came. */
  readonly body: string;
}

export interface TableReply {
  readonly id: number;
  readonly statusCode: number;
  readonly body: string;
}
