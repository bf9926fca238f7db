/** Brings a stack's resources to life, each when something first refers to it. */
import * as z from 'zod';
import type { DeployedStack, StackOutput } from '../cloudformation/deployed-stack.ts';
import type { HostServices } from '../resources/host-services.ts';
import type { DeployedResource } from '../resources/resource-kind.ts';
import { resourceKinds } from '../resources/resource-kinds.ts';
import type { AssemblyStack } from './cloud-assembly.ts';
import { noValue, resolveIntrinsics, type TemplateScope } from './intrinsics.ts';

/** A resource of a template that the host leaves out. */
export interface NotRun {
  readonly type: string;
  readonly logicalId: string;
  readonly stack: string;
}

/** What the stacks before this one left behind. */
export interface DeployedSoFar {
  readonly stacks: DeployedStack[];
  readonly notRun: NotRun[];
}

const findExport = (stacks: readonly DeployedStack[], name: string): string => {
  const outputs = stacks.flatMap((stack) => stack.outputs);
  const found = outputs.find(({ exportName }) => exportName === name);
  if (found !== undefined) return found.value;
  throw new Error(`no stack exports ${name}`);
};

const findOutput = (stacks: readonly DeployedStack[], stackName: string, key: string): string => {
  const stack = stacks.find(({ name, id }) => stackName === name || stackName === id);
  const found = stack?.outputs.find((output) => output.key === key);
  if (found !== undefined) return found.value;
  throw new Error(`the stack ${stackName} has no output ${key}`);
};

const stackIdOf = (name: string, { region, accountId }: HostServices) =>
  `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/local`;

const pseudoParameters = (stack: AssemblyStack, host: HostServices) => ({
  'AWS::Region': host.region,
  'AWS::AccountId': host.accountId,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': stack.name,
  'AWS::StackId': stackIdOf(stack.name, host),
  'AWS::NotificationARNs': [],
  'AWS::NoValue': noValue,
});

const createScope = (
  stack: AssemblyStack,
  host: HostServices,
  soFar: DeployedSoFar,
  deploy: (logicalId: string) => DeployedResource,
): TemplateScope => {
  const { template } = stack;
  const parameters: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(
      Object.entries(template.Parameters).map(([name, p]) => [name, p.Default]),
    ),
    ...pseudoParameters(stack, host),
  };
  const scope: TemplateScope = {
    ref: (name) => (Object.hasOwn(parameters, name) ? parameters[name] : deploy(name).ref),
    attribute: (logicalId, name) => deploy(logicalId).attribute(name),
    condition: (name) => resolveIntrinsics(template.Conditions[name], scope) === true,
    importValue: (name) => findExport(soFar.stacks, name),
    stackOutput: (stackName, key) => findOutput(soFar.stacks, stackName, key),
    mapping: (map, key, second) => template.Mappings[map]?.[key]?.[second],
  };
  return scope;
};

const describe = (error: unknown): string =>
  error instanceof z.ZodError ? z.prettifyError(error) : String(error);

/** Stands in for a resource that is not run, wherever another one mentions it. */
const absentee = (stack: string, logicalId: string): DeployedResource => ({
  ref: `${stack}-${logicalId}`,
  attribute: (name) => `arn:aws:not-run:::${stack}/${logicalId}/${name}`,
});

const outputsOf = ({ template }: AssemblyStack, scope: TemplateScope): StackOutput[] =>
  Object.entries(template.Outputs)
    .filter(([, { Condition }]) => Condition === undefined || scope.condition(Condition))
    .map(([key, { Value, Description, Export }]) => ({
      key,
      value: String(resolveIntrinsics(Value, scope)),
      description: Description,
      exportName: Export && String(resolveIntrinsics(Export.Name, scope)),
    }));

/**
 * Deploys one stack on top of those before it.
 * @throws Error that names the resource, when a template asks for what the host does not run.
 */
export const deployStack = (
  stack: AssemblyStack,
  host: HostServices,
  soFar: DeployedSoFar,
): DeployedStack => {
  const deployed = new Map<string, DeployedResource>();
  const { Resources } = stack.template;
  const isThere = (condition: string | undefined) =>
    condition === undefined || scope.condition(condition);

  const create = (logicalId: string): DeployedResource => {
    const resource = Resources[logicalId];
    if (resource === undefined || !isThere(resource.Condition))
      throw new Error(`${stack.name} refers to ${logicalId}, which it does not have`);
    const kind = resourceKinds[resource.Type];
    if (kind === undefined) {
      soFar.notRun.push({ type: resource.Type, logicalId, stack: stack.name });
      return absentee(stack.name, logicalId);
    }
    try {
      const identity = { stack: stack.name, logicalId, path: stack.paths.get(logicalId) };
      return kind(resolveIntrinsics(resource.Properties, scope), identity, host);
    } catch (cause) {
      const message = `${stack.name}/${logicalId} (${resource.Type}): ${describe(cause)}`;
      throw new Error(message, { cause });
    }
  };
  const deploy = (logicalId: string): DeployedResource => {
    const resource = deployed.get(logicalId) ?? create(logicalId);
    deployed.set(logicalId, resource);
    return resource;
  };
  const scope = createScope(stack, host, soFar, deploy);

  for (const [logicalId, { Condition }] of Object.entries(Resources))
    if (isThere(Condition)) deploy(logicalId);
  return {
    name: stack.name,
    id: stackIdOf(stack.name, host),
    description: stack.template.Description,
    createdAt: new Date(),
    outputs: outputsOf(stack, scope),
  };
};
