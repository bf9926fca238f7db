/** Change sets that create a stack: prepared, looked at, executed. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { parseTemplate, pathsIn } from '../assembly/cloud-assembly.ts';
import type { Stacks } from '../assembly/stacks.ts';
import { defineOperation, type Operations } from '../gateway/operation.ts';
import { ServiceError } from '../gateway/service-error.ts';
import type { DeployedStack } from './deployed-stack.ts';

/** @throws Error when nothing is there. */
export type ReadTemplate = (url: string) => string;

interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly templateText: string;
}

/** A stack that has a change set, and nothing else so far, or could not be created. */
interface Pending {
  readonly stack: DeployedStack;
  readonly changeSet: ChangeSet;
}

export interface ChangeSets {
  readonly operations: Operations;
  /** Stacks that are not there yet: in review, or failed. */
  stacks(): readonly DeployedStack[];
  forget(stackName: string): void;
}

/** What else a command line asks for grows from version to version, and a change set has one use here. */
const named = z.looseObject({ StackName: z.string(), ChangeSetName: z.string() });
const created = named.extend({
  ChangeSetType: z.literal(
    'CREATE',
    'local/aws creates stacks, and updates none: destroy it first',
  ),
  TemplateURL: z.string().optional(),
  TemplateBody: z.string().optional(),
});

const changesOf = (templateText: string) =>
  Object.entries(parseTemplate(templateText).Resources).map(([LogicalResourceId, { Type }]) => ({
    Type: 'Resource',
    ResourceChange: { Action: 'Add', LogicalResourceId, ResourceType: Type },
  }));

export const createChangeSets = (stacks: Stacks, readTemplate: ReadTemplate): ChangeSets => {
  const pending = new Map<string, Pending>();
  const find = ({ StackName, ChangeSetName }: z.output<typeof named>) => {
    const found =
      pending.get(StackName) ?? [...pending.values()].find(({ stack }) => stack.id === StackName);
    if (found !== undefined && [found.changeSet.id, found.changeSet.name].includes(ChangeSetName))
      return found;
    throw new ServiceError('ChangeSetNotFound', `ChangeSet [${ChangeSetName}] does not exist`, 404);
  };

  const create = (input: z.output<typeof created>) => {
    const { StackName: name, ChangeSetName } = input;
    if (stacks.all().some((stack) => stack.name === name))
      throw new ServiceError('ValidationError', `the stack ${name} exists already`);
    const templateText = input.TemplateBody ?? readTemplate(input.TemplateURL ?? '');
    const stackId = stacks.newId(name);
    const id = `${stackId.replace(/:stack\/.*/, ':changeSet')}/${ChangeSetName}/${randomUUID()}`;
    const status = 'REVIEW_IN_PROGRESS';
    const stack = { name, id: stackId, createdAt: new Date(), status, outputs: [], template: {} };
    pending.set(name, { stack, changeSet: { id, name: ChangeSetName, templateText } });
    return { Id: id, StackId: stackId };
  };

  const execute = async ({ stack, changeSet }: Pending): Promise<void> => {
    const template = parseTemplate(changeSet.templateText);
    const paths = pathsIn(template);
    try {
      await stacks.deploy({ name: stack.name, id: stack.id, region: undefined, template, paths });
      pending.delete(stack.name);
    } catch (error) {
      const failed = { ...stack, status: 'ROLLBACK_COMPLETE', statusReason: String(error) };
      pending.set(stack.name, { stack: failed, changeSet });
    }
  };

  return {
    stacks: () => [...pending.values()].map(({ stack }) => stack),
    forget: (stackName) => pending.delete(stackName),
    operations: {
      CreateChangeSet: defineOperation(created, create),
      DescribeChangeSet: defineOperation(named, (input) => {
        const { stack, changeSet } = find(input);
        return {
          ChangeSetId: changeSet.id,
          ChangeSetName: changeSet.name,
          StackId: stack.id,
          StackName: stack.name,
          Status: 'CREATE_COMPLETE',
          ExecutionStatus: 'AVAILABLE',
          Changes: changesOf(changeSet.templateText),
        };
      }),
      ExecuteChangeSet: defineOperation(named, (input) => execute(find(input))),
    },
  };
};
