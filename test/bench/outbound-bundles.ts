/** Bundles of the outbound benchmark: the deployed functions without limits, and the naive one. */
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bundleOptions, functionOptions } from '../../lib/constructs/bundle.ts';
import { readCloudAssembly } from '../../local/aws/assembly/cloud-assembly.ts';

const here = import.meta.dirname;

/** The one module that is exchanged: all the rest is what deploys. */
const freePermits: Plugin = {
  name: 'free-permits',
  setup(builder) {
    builder.onResolve({ filter: /\/quota\/permits\.ts$/ }, () => ({
      path: join(here, 'outbound-free-permits.ts'),
    }));
  },
};

/** Bundles the naive consumer into a folder. */
export const bundleNaive = (outputFolder: string) =>
  build({
    ...bundleOptions,
    entryPoints: [join(here, 'outbound-naive.ts')],
    outfile: join(outputFolder, 'index.mjs'),
  });

/** Replaces consumers in a synthesized assembly by the same ones with permits without limits. */
export const freeConsumers = async (assemblyFolder: string, names: readonly string[]) => {
  const { stacks, assetFolders } = readCloudAssembly(assemblyFolder);
  for (const { template, paths } of stacks)
    for (const [logicalId, { Type, Properties }] of Object.entries(template.Resources)) {
      if (Type !== 'AWS::Lambda::Function') continue;
      const name = names.find((one) =>
        paths.get(logicalId)?.toLowerCase().includes(`/${one}/consumer`),
      );
      const { S3Key } = Properties.Code as { S3Key?: string };
      const folder = assetFolders.get(S3Key ?? '');
      if (name === undefined || folder === undefined) continue;
      const outfile = join(folder, 'index.mjs');
      await build({ ...functionOptions(name), outfile, write: true, plugins: [freePermits] });
    }
};
