/** The functions of the host, by name and ARN. */
import { ServiceError } from '../gateway/service-error.ts';
import type { LambdaFunction } from './lambda-function.ts';

export interface FunctionRegistry {
  add(added: LambdaFunction): void;
  /** Ends its instances and forgets it. */
  remove(removed: LambdaFunction): Promise<void>;
  /** By name or ARN, with or without a version. @throws ServiceError ResourceNotFoundException. */
  find(nameOrArn: string): LambdaFunction;
  all(): readonly LambdaFunction[];
}

const nameIn = (nameOrArn: string) => /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;

export const createFunctionRegistry = (): FunctionRegistry => {
  const functions = new Map<string, LambdaFunction>();
  return {
    add: (added) => functions.set(added.settings.name, added),
    remove(removed) {
      functions.delete(removed.settings.name);
      return removed.close();
    },
    find(nameOrArn) {
      const found = functions.get(nameIn(nameOrArn));
      if (found !== undefined) return found;
      throw new ServiceError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
    },
    all: () => [...functions.values()],
  };
};
