/** Brings a stack's resources to life, each when something first refers to it. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { DeployedStack, StackOutput } from '../cloudformation/deployed-stack.ts';
import type { HostServices } from '../resources/host-services.ts';
import { createStackLifecycle, type StackLifecycle } from '../resources/lifecycle.ts';
import type { DeployedResource } from '../resources/resource-kind.ts';
import { resourceKinds } from '../resources/resource-kinds.ts';
import type { AssemblyStack } from './cloud-assembly.ts';
import { resolveIntrinsics, type TemplateScope } from './intrinsics.ts';
import { createScope, pseudoParameters } from './stack-scope.ts';

/** A resource of a template that the host leaves out. */
export interface NotRun {
  readonly type: string;
  readonly logicalId: string;
  readonly stack: string;
}

/** What the stacks before this one left behind. */
export interface DeployedSoFar {
  readonly stacks: readonly DeployedStack[];
  readonly notRun: NotRun[];
}

export interface Deployment {
  readonly stack: DeployedStack;
  readonly lifecycle: StackLifecycle;
}

/** A name's next stack has another id. */
export const newStackId = (name: string, { region, accountId }: HostServices): string =>
  `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${randomUUID()}`;

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

/** Creates the resources of a stack, each when it is asked for the first time. */
const createResources = (
  stack: AssemblyStack,
  host: HostServices,
  soFar: DeployedSoFar,
  { lifecycle, stackId }: { readonly lifecycle: StackLifecycle; readonly stackId: string },
) => {
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
      const isKept = resource.DeletionPolicy?.startsWith('Retain') ?? false;
      const itsHost = { ...host, lifecycle: lifecycle.of(isKept) };
      return kind(resolveIntrinsics(resource.Properties, scope), identity, itsHost);
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
  const scope = createScope(stack, pseudoParameters(stack, stackId, host), soFar.stacks, deploy);
  for (const [logicalId, { Condition }] of Object.entries(Resources))
    if (isThere(Condition)) deploy(logicalId);
  return scope;
};

/**
 * Deploys one stack on top of those before it, and begins its work. What fails leaves nothing.
 * @throws Error that names the resource, when a template asks for what the host does not run.
 */
export const deployStack = async (
  stack: AssemblyStack,
  host: HostServices,
  soFar: DeployedSoFar,
): Promise<Deployment> => {
  const stackId = stack.id ?? newStackId(stack.name, host);
  const lifecycle = createStackLifecycle();
  try {
    const scope = createResources(stack, host, soFar, { lifecycle, stackId });
    const outputs = outputsOf(stack, scope);
    await lifecycle.begin();
    const described = {
      name: stack.name,
      id: stackId,
      description: stack.template.Description,
      createdAt: new Date(),
      status: 'CREATE_COMPLETE',
      outputs,
      template: stack.template,
    };
    return { stack: described, lifecycle };
  } catch (error) {
    await lifecycle.remove();
    throw error;
  }
};
