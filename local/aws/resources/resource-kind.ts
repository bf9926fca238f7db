/** How the host runs one type of CloudFormation resource. */
import type { ResourceHost } from './host-services.ts';
import type { ResourceIdentity } from './named-resource.ts';

/** What a template can say of a resource: `Ref` and `Fn::GetAtt`. */
export interface DeployedResource {
  readonly ref: string;
  /** @throws Error when there is no such attribute. */
  attribute(name: string): string;
}

/**
 * Brings a resource to life, given its properties without intrinsic functions.
 * @throws Error when a property asks for what the host does not run.
 */
export type ResourceKind = (
  properties: unknown,
  identity: ResourceIdentity,
  host: ResourceHost,
) => DeployedResource;

/** A resource with these attributes and no others. */
export const deployedResource = (
  ref: string,
  attributes: Readonly<Record<string, string>> = {},
): DeployedResource => ({
  ref,
  attribute(name) {
    const value = attributes[name];
    if (value !== undefined) return value;
    throw new Error(`local/aws does not know the attribute ${name} of ${ref}`);
  },
});

/** The name that CloudFormation would make up, without its random end. */
export const generatedName = ({ stack, logicalId }: ResourceIdentity, maxLength: number): string =>
  `${stack}-${logicalId}`.slice(-maxLength);
