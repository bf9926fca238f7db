/** Bundles with esbuild: one ES module for each function's handler, the AWS SDK inside. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { type BundledPackage, licencesOf, packagesIn } from './bundled-packages.ts';

export const projectRoot = join(import.meta.dirname, '..', '..');

/** The folder of a function, under its one name. */
export const functionFolder = (name: string): string => join(projectRoot, 'functions', name);

/** How anything of this project becomes one ES module that needs nothing beside it. */
export const bundleOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'], // the AWS SDK's ES modules, of which esbuild can leave parts out
  // Some CommonJS dependencies call require() for Node's own modules; an ES module has none.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);",
  },
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true, // which packages are inside
  logLevel: 'warning',
  absWorkingDir: projectRoot,
} satisfies BuildOptions;

/**
 * What the AWS SDK brings and no function on Lambda ever runs, and what stands in its place there.
 * With the credentials go SSO, profiles, processes and metadata services; imported on demand, they
 * also kept esbuild from leaving out what else is not used.
 */
const standIns = {
  '@aws-sdk/credential-provider-node': './shared/platform/bundled/credentials.ts',
  '@aws-sdk/endpoint-cache': './shared/platform/bundled/endpoint-cache.ts',
  '@smithy/core/event-streams': './shared/platform/bundled/event-streams.ts',
  ky: './shared/platform/bundled/ky.ts',
};

/** How the handler of a function becomes its bundle. */
export const functionOptions = (name: string) =>
  ({
    ...bundleOptions,
    stdin: {
      contents: `import './shared/platform/bundled/stack-traces.ts';
        export { handler } from './functions/${name}/handler.ts';`,
      resolveDir: projectRoot,
    },
    alias: standIns,
    minifyIdentifiers: true, // stack traces name our functions by the source map
    lineLimit: 500, // Node prints the line of an error that nobody caught
    sourcemap: 'external', // no pointer to it in the bundle, or Node would read it at each start
    sourcesContent: false,
    outfile: join(projectRoot, 'index.mjs'), // not written: paths in the source map are relative to it
    write: false,
  }) satisfies BuildOptions;

/** The name of the file beside a bundle that says whose work is in it. */
export const licencesFile = 'THIRD-PARTY-LICENSES.txt';

/**
 * Writes `index.mjs`, its source map and the licences of what is inside for the handler of a function. The same source makes the
 * same bytes, wherever they are written: CDK deploys a function only where its bytes changed.
 */
export const bundleFunction = (name: string, outputFolder: string): BundledPackage[] => {
  const { outputFiles, metafile } = buildSync(functionOptions(name));
  mkdirSync(outputFolder, { recursive: true });
  for (const file of outputFiles) {
    writeFileSync(join(outputFolder, basename(file.path)), file.contents);
  }
  const packages = packagesIn(metafile, projectRoot);
  writeFileSync(join(outputFolder, licencesFile), licencesOf(packages));
  return packages;
};
