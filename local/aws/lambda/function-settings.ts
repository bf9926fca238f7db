/** A function as the template defines it. */
export interface FunctionSettings {
  readonly name: string;
  readonly arn: string;
  /** The folder with the bundle, in the cloud assembly. */
  readonly codeFolder: string;
  /** File and export: `index.handler`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly reservedConcurrency?: number | undefined;
  /** All that the instance's process sees of the environment. */
  readonly environment: Readonly<Record<string, string>>;
}
