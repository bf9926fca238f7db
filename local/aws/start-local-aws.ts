/** One machine instead of AWS: runs what `cdk synth` wrote, behind AWS's own protocols. */
import { type CloudAssembly, readCloudAssembly } from './assembly/cloud-assembly.ts';
import { createStacks, type Stacks } from './assembly/stacks.ts';
import { createCloudFormationRoute } from './cloudformation/cloudformation-service.ts';
import { createDynamoDbRoute } from './dynamodb/dynamodb-service.ts';
import { startTables } from './dynamodb/local-tables.ts';
import { type Chances, createChances } from './faults.ts';
import { startGateway } from './gateway/gateway.ts';
import type { Route } from './gateway/request-and-reply.ts';
import { ServiceError } from './gateway/service-error.ts';
import { createFunctionRegistry } from './lambda/function-registry.ts';
import { createLambdaRoute } from './lambda/lambda-service.ts';
import type { LocalAws, LocalAwsOptions } from './local-aws.ts';
import { operateHost } from './operate-host.ts';
import type { HostServices } from './resources/host-services.ts';
import { type AssetsBucket, createAssetsBucket } from './s3/assets-bucket.ts';
import { createS3Route } from './s3/s3-service.ts';
import { createSecretStore } from './secrets-manager/secret-store.ts';
import { createSecretsManagerRoute } from './secrets-manager/secrets-manager-service.ts';
import { createQueueRegistry } from './sqs/queue-registry.ts';
import { createSqsRoute } from './sqs/sqs-service.ts';
import { createSsmRoute } from './ssm-service.ts';
import { createStsRoute } from './sts-service.ts';

const accountId = '000000000000';
const defaultRegion = 'us-east-1';
const defaultMaxInstances = 10;
const noAssembly: CloudAssembly = { stacks: [], assetFolders: new Map() };

interface Address {
  readonly endpoint: string;
  readonly region: string;
}

const createServices = (
  options: LocalAwsOptions,
  { endpoint, region }: Address,
  faults: Chances,
): Omit<HostServices, 'assetFolder' | 'tables'> => ({
  region,
  accountId,
  endpoint,
  functionVariables: options.functionVariables ?? {},
  functionOptions: (functionName) => ({
    maxInstances: options.maxInstances ?? defaultMaxInstances,
    onLine: (line) => options.onLog?.({ functionName, line }),
  }),
  queues: createQueueRegistry({ origin: endpoint, accountId, faults }),
  secrets: createSecretStore(`arn:aws:secretsmanager:${region}:${accountId}:secret:`),
  functions: createFunctionRegistry(),
  mappings: new Set(),
  ticks: options.schedules !== 'manual',
  schedules: new Set(),
  httpApis: new Map(),
  namedQueues: new Set(),
  namedFunctions: new Set(),
});

/** Ends work first, then those who do it, then those who ask for it. */
const endAll = async ({ queues, functions, httpApis }: HostServices, stacks: Stacks) => {
  stacks.stop();
  for (const { close } of queues.all()) close();
  await Promise.all(functions.all().map(({ close }) => close()));
  await Promise.all([...httpApis.values()].map(({ close }) => close()));
};

/** The services that `cdk deploy` needs beside those that the app itself uses. */
const deploymentRoutes = (stacks: Stacks, bucket: AssetsBucket, isBootstrapped: boolean) => [
  createCloudFormationRoute(stacks, (url) => {
    const template = bucket.get(url.split('/').at(-1) ?? '');
    if (template !== undefined) return template.toString();
    throw new ServiceError('ValidationError', `there is no template at ${url}`);
  }),
  createS3Route(bucket),
  createStsRoute(accountId),
  createSsmRoute(isBootstrapped),
];

const start = async (
  options: LocalAwsOptions,
  cleanup: AsyncDisposableStack,
): Promise<LocalAws> => {
  const { assemblyFolder } = options;
  const assembly = assemblyFolder === undefined ? noAssembly : readCloudAssembly(assemblyFolder);
  const region =
    options.region ??
    assembly.stacks.find((stack) => stack.region !== undefined)?.region ??
    defaultRegion;
  const faults = createChances(options.faults);
  const tables = await startTables(region, accountId);
  cleanup.defer(tables.close);
  const routes: Route[] = [];
  const gateway = await startGateway(routes, options.port ?? 0);
  cleanup.defer(gateway.close);
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const bucket = createAssetsBucket(`cdk-hnb659fds-assets-${accountId}-${region}`);
  cleanup.defer(bucket.close);
  const host: HostServices = {
    ...createServices(options, { endpoint, region }, faults),
    tables,
    assetFolder: (key) => assembly.assetFolders.get(key) ?? bucket.folderOf(key),
  };
  const stacks = createStacks(host, options.httpApiPort ?? 0);
  routes.push(
    createSqsRoute(host.queues),
    createDynamoDbRoute(tables, faults.throttles),
    createSecretsManagerRoute(host.secrets),
    createLambdaRoute(host.functions),
    ...deploymentRoutes(stacks, bucket, options.isBootstrapped ?? true),
  );
  cleanup.defer(() => endAll(host, stacks));
  for (const stack of assembly.stacks) await stacks.deploy(stack);
  return operateHost(host, stacks, () => cleanup.disposeAsync());
};

/**
 * Starts everything that the assembly's templates define and the host can run, on loopback alone.
 * Everything is kept in memory, time is the machine's, and no AWS credentials are needed. `cdk
 * deploy` can bring more stacks, or all of them, and `cdk destroy` takes them away.
 *
 * What differs from AWS: a stack that is there is not updated; permissions are not checked;
 * asynchronous invocations that fail are not repeated; API Gateway's throttle and DynamoDB's TTL do
 * nothing; a poller that finds no free instance waits, and does not receive what it cannot run.
 *
 * @throws Error that names the resource, when a template asks for what the host does not run.
 */
export const startLocalAws = async (options: LocalAwsOptions): Promise<LocalAws> => {
  const cleanup = new AsyncDisposableStack();
  try {
    return await start(options, cleanup);
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
};
