/** What the expressions of one stack's template refer to: itself, and the stacks before it. */
import type { DeployedStack } from '../cloudformation/deployed-stack.ts';
import type { HostServices } from '../resources/host-services.ts';
import type { DeployedResource } from '../resources/resource-kind.ts';
import type { AssemblyStack } from './cloud-assembly.ts';
import { noValue, resolveIntrinsics, type TemplateScope } from './intrinsics.ts';

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

/** What AWS itself lets a template refer to. */
export const pseudoParameters = (stack: AssemblyStack, stackId: string, host: HostServices) => ({
  'AWS::Region': host.region,
  'AWS::AccountId': host.accountId,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': stack.name,
  'AWS::StackId': stackId,
  'AWS::NotificationARNs': [],
  'AWS::NoValue': noValue,
});

/** Everything that the expressions of a stack's template can refer to. */
export const createScope = (
  stack: AssemblyStack,
  pseudo: Readonly<Record<string, unknown>>,
  deployed: readonly DeployedStack[],
  deploy: (logicalId: string) => DeployedResource,
): TemplateScope => {
  const { template } = stack;
  const parameters: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(
      Object.entries(template.Parameters).map(([name, p]) => [name, p.Default]),
    ),
    ...pseudo,
  };
  const scope: TemplateScope = {
    ref: (name) => (Object.hasOwn(parameters, name) ? parameters[name] : deploy(name).ref),
    attribute: (logicalId, name) => deploy(logicalId).attribute(name),
    condition: (name) => resolveIntrinsics(template.Conditions[name], scope) === true,
    importValue: (name) => findExport(deployed, name),
    stackOutput: (stackName, key) => findOutput(deployed, stackName, key),
    mapping: (map, key, second) => template.Mappings[map]?.[key]?.[second],
  };
  return scope;
};
