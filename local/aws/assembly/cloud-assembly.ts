/** A synthesized cloud assembly as `cdk synth` writes it: templates, and the folders of their assets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const resource = z.looseObject({
  Type: z.string(),
  DeletionPolicy: z.string().optional(),
  Metadata: z.looseObject({ 'aws:cdk:path': z.string().optional() }).optional(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
});

const output = z.looseObject({
  Value: z.unknown(),
  Description: z.string().optional(),
  Export: z.object({ Name: z.unknown() }).optional(),
  Condition: z.string().optional(),
});

const template = z.looseObject({
  Description: z.string().optional(),
  Parameters: z.record(z.string(), z.looseObject({ Default: z.unknown() })).default({}),
  Mappings: z
    .record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))
    .default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resource).default({}),
  Outputs: z.record(z.string(), output).default({}),
});

type Template = z.output<typeof template>;

/** A template as CloudFormation is given it. @throws z.ZodError when it is none. */
export const parseTemplate = (text: string): Template => template.parse(JSON.parse(text));

/** The construct's path of each logical id, as the CDK writes it into the template. */
export const pathsIn = ({ Resources }: Template): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(Resources).flatMap(([logicalId, { Metadata }]) => {
      const path = Metadata?.['aws:cdk:path'];
      return path === undefined ? [] : [[logicalId, path] as const];
    }),
  );

const metadata = z.record(
  z.string(),
  z.array(z.looseObject({ type: z.string(), data: z.unknown() })),
);

const artifact = z.looseObject({
  type: z.string(),
  environment: z.string().optional(),
  dependencies: z.array(z.string()).default([]),
  properties: z.looseObject({}).default({}),
  metadata: metadata.default({}),
  additionalMetadataFile: z.string().optional(),
});

const manifest = z.looseObject({ artifacts: z.record(z.string(), artifact).default({}) });

const stackProperties = z.looseObject({
  templateFile: z.string(),
  stackName: z.string().optional(),
});

const assetManifest = z.looseObject({
  files: z
    .record(
      z.string(),
      z.looseObject({
        source: z.looseObject({ path: z.string().optional() }),
        destinations: z.record(z.string(), z.looseObject({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

type Artifact = z.output<typeof artifact>;

export interface AssemblyStack {
  readonly name: string;
  /** @default a new one */
  readonly id?: string;
  /** As the assembly names it; `undefined` where the stack runs in any region. */
  readonly region: string | undefined;
  readonly template: Template;
  /** The construct's path of each logical id: `BridgeStack/Customers/Queue/Resource`. */
  readonly paths: ReadonlyMap<string, string>;
}

export interface CloudAssembly {
  /** Each after those that it depends on. */
  readonly stacks: readonly AssemblyStack[];
  /** Where the asset is that a template knows by its key in the assets bucket. */
  readonly assetFolders: ReadonlyMap<string, string>;
}

const readJson = <S extends z.ZodType>(schema: S, folder: string, file: string): z.output<S> =>
  schema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));

const pathsOf = (folder: string, { metadata: inline, additionalMetadataFile }: Artifact) => {
  const more = additionalMetadataFile ? readJson(metadata, folder, additionalMetadataFile) : {};
  return new Map(
    Object.entries({ ...inline, ...more }).flatMap(([path, entries]) =>
      entries
        .filter(({ type }) => type === 'aws:cdk:logicalId')
        .map(({ data }) => [String(data), path.replace(/^\//, '')] as const),
    ),
  );
};

const readStack = (folder: string, id: string, stack: Artifact): AssemblyStack => {
  const { templateFile, stackName } = stackProperties.parse(stack.properties);
  const region = stack.environment?.split('/').at(-1);
  return {
    name: stackName ?? id,
    region: region === 'unknown-region' ? undefined : region,
    template: readJson(template, folder, templateFile),
    paths: pathsOf(folder, stack),
  };
};

const readAssets = (folder: string, { properties }: Artifact): (readonly [string, string])[] => {
  const { files } = readJson(assetManifest, folder, String(properties.file));
  return Object.values(files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(
      ({ objectKey }) => [objectKey, join(folder, source.path ?? '')] as const,
    ),
  );
};

/** The artifacts' ids, each after those that it depends on. */
const inOrder = (artifacts: Readonly<Record<string, Artifact>>): readonly string[] => {
  const ordered = new Set<string>();
  const visit = (id: string) => {
    for (const dependency of artifacts[id]?.dependencies ?? [])
      if (!ordered.has(dependency)) visit(dependency);
    ordered.add(id);
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return [...ordered];
};

/** Reads an assembly and the assemblies of stages inside it. */
export const readCloudAssembly = (folder: string): CloudAssembly => {
  const { artifacts } = readJson(manifest, folder, 'manifest.json');
  const stacks: AssemblyStack[] = [];
  const assetFolders = new Map<string, string>();
  for (const id of inOrder(artifacts)) {
    const found = artifacts[id];
    if (found?.type === 'aws:cloudformation:stack') stacks.push(readStack(folder, id, found));
    if (found?.type === 'cdk:asset-manifest')
      for (const [key, path] of readAssets(folder, found)) assetFolders.set(key, path);
    if (found?.type === 'cdk:cloud-assembly') {
      const inner = readCloudAssembly(join(folder, String(found.properties.directoryName)));
      stacks.push(...inner.stacks);
      for (const [key, path] of inner.assetFolders) assetFolders.set(key, path);
    }
  }
  return { stacks, assetFolders };
};
