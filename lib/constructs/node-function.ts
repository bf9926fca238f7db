/** A Lambda function as every one of ours is: Node 24 on arm64, its own role, its own log. */
import { AssetHashType, DockerImage, type Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  AssetCode,
  Function as LambdaFunction,
  type RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type * as z from 'zod';
import type { EnvironmentFor } from '../../shared/platform/contract/environment.ts';
import type { Stage } from '../stages.ts';
import { bundleFunction, functionFolder } from './bundle.ts';
import { StageLog } from './stage-log.ts';

export interface NodeFunctionProps<E extends z.ZodObject> {
  /** The folder under `functions/` whose `handler.ts` it runs. */
  readonly name: string;
  readonly stage: Stage;
  /** The schema that the handler parses its environment with. */
  readonly environmentSchema: E;
  /** Every variable of the schema and no other: one that is missing or misspelt does not compile. */
  readonly environment: EnvironmentFor<E>;
  readonly timeout: Duration;
  /** @default 512, which on arm64 buys about a third of a core */
  readonly memorySizeMiB?: number;
  /** @default - as many instances as the account's concurrency leaves */
  readonly reservedConcurrentExecutions?: number;
  /** @default - Lambda stops a function that seems to call itself */
  readonly recursiveLoop?: RecursiveLoop;
}

const codeOf = (name: string): AssetCode =>
  new AssetCode(functionFolder(name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-pulled'), // required by the type; the local bundling never declines
      local: {
        tryBundle: (outputFolder) => {
          bundleFunction(name, outputFolder);
          return true;
        },
      },
    },
  });

/** The function in a folder, its log group, and a role that may write that log and nothing else. */
export class NodeFunction<E extends z.ZodObject> extends LambdaFunction {
  constructor(scope: Construct, id: string, props: NodeFunctionProps<E>) {
    const { name, stage, environment, timeout, memorySizeMiB = 512 } = props;
    const logGroup = new StageLog(scope, `${id}Log`, stage);
    // Lambda's managed policy for logs allows every log group of the account: a role of our own does not.
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: codeOf(name),
      handler: 'index.handler',
      description: `klaviyo-bridge ${stage.name}: ${name}`,
      environment: { ...environment },
      timeout,
      memorySize: memorySizeMiB,
      logGroup,
      role,
      ...(props.reservedConcurrentExecutions === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrentExecutions }),
      ...(props.recursiveLoop === undefined ? {} : { recursiveLoop: props.recursiveLoop }),
    });
  }
}
