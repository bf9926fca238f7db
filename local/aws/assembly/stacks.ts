/** The stacks of a host: deployed one after the other, removed one by one. */

import type { DeployedStack } from '../cloudformation/deployed-stack.ts';
import { type HttpApi, startHttpApi } from '../http-api/http-api.ts';
import type { HostServices } from '../resources/host-services.ts';
import { httpApiIdOf } from '../resources/http-api.ts';
import type { StackLifecycle } from '../resources/lifecycle.ts';
import type { AssemblyStack } from './cloud-assembly.ts';
import { deployStack, type NotRun, newStackId } from './deploy-stack.ts';

export interface Stacks {
  readonly notRun: readonly NotRun[];
  all(): readonly DeployedStack[];
  /** An id for a stack that is to be. */
  newId(name: string): string;
  /** @throws Error that names the resource that cannot be; nothing of the stack is left then. */
  deploy(stack: AssemblyStack): Promise<DeployedStack>;
  /** Takes a stack away, but for what its template keeps. */
  remove(name: string): Promise<void>;
  /** Ends all work; everything stays where it is. */
  stop(): void;
}

/** Opens a port for each HTTP API, since templates want to know its address. */
const openHttpApis = async (
  { name, template }: AssemblyStack,
  { httpApis, accountId }: HostServices,
  firstPort: number,
): Promise<HttpApi[]> => {
  const opened: HttpApi[] = [];
  for (const [logicalId, { Type }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::ApiGatewayV2::Api') continue;
    const id = httpApiIdOf(name, logicalId);
    const port = httpApis.size === 0 ? firstPort : 0;
    const api = await startHttpApi({ id, port, accountId });
    httpApis.set(id, api);
    opened.push(api);
  }
  return opened;
};

/** @param httpApiPort the port of the first HTTP API; 0 for any that is free. */
export const createStacks = (host: HostServices, httpApiPort: number): Stacks => {
  const deployed = new Map<string, DeployedStack>();
  const lifecycles = new Map<string, StackLifecycle>();
  const notRun: NotRun[] = [];
  const forget = (name: string) => {
    deployed.delete(name);
    lifecycles.delete(name);
    notRun.splice(0, notRun.length, ...notRun.filter(({ stack }) => stack !== name));
  };
  return {
    notRun,
    newId: (name) => newStackId(name, host),
    all: () => [...deployed.values()],
    async deploy(assemblyStack) {
      const apis = await openHttpApis(assemblyStack, host, httpApiPort);
      const soFar = { stacks: [...deployed.values()], notRun };
      try {
        const { stack, lifecycle } = await deployStack(assemblyStack, host, soFar);
        deployed.set(stack.name, stack);
        lifecycles.set(stack.name, lifecycle);
        return stack;
      } catch (error) {
        forget(assemblyStack.name);
        for (const { id, close } of apis) if (host.httpApis.delete(id)) await close();
        throw error;
      }
    },
    async remove(name) {
      await lifecycles.get(name)?.remove();
      forget(name);
    },
    stop() {
      for (const lifecycle of lifecycles.values()) lifecycle.stop();
    },
  };
};
