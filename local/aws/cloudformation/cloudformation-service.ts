/** CloudFormation as far as `cdk deploy` and `cdk destroy` use it: stacks are made and taken away. */
import * as z from 'zod';
import type { Stacks } from '../assembly/stacks.ts';
import { defineOperation, type Operations } from '../gateway/operation.ts';
import { createQueryRoute } from '../gateway/query-service.ts';
import type { Route } from '../gateway/request-and-reply.ts';
import { ServiceError } from '../gateway/service-error.ts';
import { createChangeSets, type ReadTemplate } from './change-sets.ts';
import type { DeployedStack } from './deployed-stack.ts';

const toStack = (stack: DeployedStack) => ({
  StackName: stack.name,
  StackId: stack.id,
  Description: stack.description,
  CreationTime: stack.createdAt,
  StackStatus: stack.status,
  StackStatusReason: stack.statusReason,
  Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
    OutputKey: key,
    OutputValue: value,
    Description: description,
    ExportName: exportName,
  })),
});

/** CloudFormation tells of a deleted stack to those who ask for its id, not for its name. */
const isCalled = (wanted: string) => (stack: DeployedStack) =>
  wanted === stack.id || (wanted === stack.name && stack.status !== 'DELETE_COMPLETE');

const oneStack = z.looseObject({ StackName: z.string() });
const anyStack = z.strictObject({ StackName: z.string().optional() });

/** @param readTemplate what an address in the assets bucket holds. */
export const createCloudFormationRoute = (stacks: Stacks, readTemplate: ReadTemplate): Route => {
  const deleted: DeployedStack[] = [];
  const changeSets = createChangeSets(stacks, readTemplate);
  const all = () => [...stacks.all(), ...changeSets.stacks(), ...deleted];
  const find = (name: string) => {
    const found = all().find(isCalled(name));
    if (found !== undefined) return found;
    throw new ServiceError('ValidationError', `Stack with id ${name} does not exist`);
  };

  const operations: Operations = {
    ...changeSets.operations,
    DescribeStacks: defineOperation(anyStack, ({ StackName: name }) => ({
      Stacks: (name === undefined ? stacks.all() : [find(name)]).map(toStack),
    })),
    GetTemplate: defineOperation(oneStack, ({ StackName: name }) => ({
      TemplateBody: JSON.stringify(find(name).template),
    })),
    DescribeStackEvents: defineOperation(oneStack, ({ StackName: name }) => {
      find(name);
      return { StackEvents: [] };
    }),
    DeleteStack: defineOperation(oneStack, async ({ StackName: name }) => {
      const stack = all().find(isCalled(name));
      if (stack === undefined) return; // as on AWS: what is gone is deleted
      await stacks.remove(stack.name);
      changeSets.forget(stack.name);
      deleted.push({ ...stack, status: 'DELETE_COMPLETE' });
    }),
  };
  return createQueryRoute({
    name: 'CloudFormation',
    signingName: 'cloudformation',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    operations,
  });
};
