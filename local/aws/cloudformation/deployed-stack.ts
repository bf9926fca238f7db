/** A stack of the host as CloudFormation would show it. */
export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description?: string | undefined;
  readonly exportName?: string | undefined;
}

export interface DeployedStack {
  readonly name: string;
  readonly id: string;
  readonly description?: string | undefined;
  readonly createdAt: Date;
  /** In CloudFormation's words: `CREATE_COMPLETE`. */
  readonly status: string;
  readonly statusReason?: string | undefined;
  readonly outputs: readonly StackOutput[];
  readonly template: unknown;
}
