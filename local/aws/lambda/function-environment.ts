/** What Lambda's runtime sets beside the variables of the function, pointed at this host. */
import { devNull } from 'node:os';
import process from 'node:process';
import type { FunctionSettings } from './function-settings.ts';

export interface HostAddress {
  /** The gateway's origin. */
  readonly endpoint: string;
  readonly region: string;
}

/** What a process may need from the machine that it runs on. */
const machineVariables = ['NODE_EXTRA_CA_CERTS', 'SYSTEMROOT'];

const fromMachine = () =>
  Object.fromEntries(
    machineVariables.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/**
 * What makes any AWS SDK talk to this host and nothing else: no credentials and no settings of the
 * user's own.
 */
export const sdkEnvironment = ({ endpoint, region }: HostAddress): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
});

type NamedFunction = Pick<FunctionSettings, 'name' | 'arn' | 'handler' | 'codeFolder' | 'memoryMb'>;

export const functionEnvironment = (
  { name, arn, handler, codeFolder, memoryMb }: NamedFunction,
  address: HostAddress,
  variables: Readonly<Record<string, string>>,
): Record<string, string> => ({
  ...fromMachine(),
  TZ: 'UTC',
  ...variables,
  ...sdkEnvironment(address),
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  LAMBDA_TASK_ROOT: codeFolder,
  LOCAL_AWS_FUNCTION_ARN: arn,
  _HANDLER: handler,
});
