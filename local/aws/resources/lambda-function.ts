/** AWS::Lambda::Function, for Node, with its code in the assembly's assets. */
import * as z from 'zod';
import { functionEnvironment } from '../lambda/function-environment.ts';
import { createLambdaFunction } from '../lambda/lambda-function.ts';
import { addNamed } from './named-resource.ts';
import { deployedResource, generatedName, type ResourceKind } from './resource-kind.ts';

const functionProperties = z.looseObject({
  FunctionName: z.string().optional(),
  Runtime: z.string().startsWith('nodejs', 'local/aws runs Node functions alone'),
  Code: z.object({ S3Key: z.string('local/aws runs code from assets alone') }),
  Handler: z.string(),
  Timeout: z.coerce.number().default(3),
  MemorySize: z.coerce.number().default(128),
  ReservedConcurrentExecutions: z.coerce.number().optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()) }).optional(),
  Layers: z.undefined('local/aws runs no layers').optional(),
});

export const lambdaFunctionKind: ResourceKind = (properties, identity, host) => {
  const given = functionProperties.parse(properties);
  const codeFolder = host.assetFolder(given.Code.S3Key);
  const name = given.FunctionName ?? generatedName(identity, 64);
  const arn = `arn:aws:lambda:${host.region}:${host.accountId}:function:${name}`;
  const code = { name, arn, codeFolder, handler: given.Handler, memoryMb: given.MemorySize };
  const variables = { ...host.functionVariables, ...given.Environment?.Variables };
  const settings = {
    ...code,
    timeoutSeconds: given.Timeout,
    reservedConcurrency: given.ReservedConcurrentExecutions,
    environment: functionEnvironment(code, host, variables),
  };
  const created = createLambdaFunction(settings, host.functionOptions(name));
  host.functions.add(created);
  host.lifecycle.removes(() => host.functions.remove(created));
  addNamed(
    host.namedFunctions,
    { identity, names: [name, arn], resource: created },
    host.lifecycle,
  );
  return deployedResource(name, { Arn: arn });
};
