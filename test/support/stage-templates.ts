/** The templates of a stage as they deploy, but for the bundles: made once per stage and test file. */
import { Template } from 'aws-cdk-lib/assertions';
import { type CreateAppOptions, createApp } from '../../lib/create-app.ts';

/** Leaves esbuild and CloudFormation's own checks out: neither changes what a test reads here. */
export const createTestApp = ({ context, ...options }: CreateAppOptions = {}) =>
  createApp({
    validate: false,
    ...options,
    context: { 'aws:cdk:bundling-stacks': [], ...context },
  });

const made = new Map<string, { readonly data: Template; readonly bridge: Template }>();

export const templatesOf = (stage = 'dev') => {
  const known = made.get(stage);
  if (known !== undefined) return known;
  const { data, bridge } = createTestApp({ stage });
  const templates = { data: Template.fromStack(data), bridge: Template.fromStack(bridge) };
  made.set(stage, templates);
  return templates;
};

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape, and a test names the path it reads
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

/** The resources of a type, by logical id. */
export const resourcesOf = (template: Template, type: string): Record<string, Resource> =>
  template.findResources(type) as Record<string, Resource>;

/** The one resource of a type whose logical id begins like this. */
export const resourceAt = (template: Template, type: string, prefix: string): Resource => {
  const found = Object.entries(resourcesOf(template, type)).filter(([id]) => id.startsWith(prefix));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} resources of type ${type} begin with ${prefix}, not one`);
  }
  return only[1];
};

/** `customers` is the construct `Customers`: one name everywhere. */
export const constructIdOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
