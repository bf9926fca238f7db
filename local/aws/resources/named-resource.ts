/** Resources that a person asks the host for, by whichever name is at hand. */

import type { Lifecycle } from './lifecycle.ts';

/** Where in the app a resource is. */
export interface ResourceIdentity {
  readonly stack: string;
  readonly logicalId: string;
  /** The construct's path, where the assembly tells it. */
  readonly path: string | undefined;
}

export interface NamedResource<T> {
  readonly identity: ResourceIdentity;
  /** What AWS calls it: physical name, ARN, URL. */
  readonly names: readonly string[];
  readonly resource: T;
}

const isCalled = ({ identity, names }: NamedResource<unknown>, name: string): boolean => {
  const path = identity.path?.replace(/\/Resource$/, '') ?? '';
  const known = [...names, identity.logicalId, path];
  return known.includes(name) || path.endsWith(`/${name}`);
};

/**
 * By physical name, ARN, URL, logical id, or the construct's path or the end of it.
 * @throws Error that lists the names there are, when none or several are called so.
 */
export const findNamed = <T>(resources: Iterable<NamedResource<T>>, name: string): T => {
  const all = [...resources];
  const [found, ...others] = all.filter((resource) => isCalled(resource, name));
  if (found !== undefined && others.length === 0) return found.resource;
  const known = all.map(({ identity }) => identity.path ?? identity.logicalId).join(', ');
  const problem = found === undefined ? 'nothing is' : 'several are';
  throw new Error(`${problem} called ${name}; there are ${known}`);
};

/** Lets a resource be found by its names for as long as it is there. */
export const addNamed = <T>(
  named: Set<NamedResource<T>>,
  resource: NamedResource<T>,
  { removes }: Lifecycle,
): void => {
  named.add(resource);
  removes(() => named.delete(resource));
};
