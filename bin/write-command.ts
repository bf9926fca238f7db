/**
 * `npm run prepare`: the command lines as a package of their own, in dist/. It needs neither this
 * checkout nor any other package, and runs on Node 20: Node does not strip the types of what is
 * under somebody's node_modules. With it go the licences of what it brings, and the bill of
 * materials of the whole release: of the functions' bundles too.
 */
import { copyFileSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import {
  bundleFunction,
  bundleOptions,
  licencesFile,
  projectRoot,
} from '../lib/constructs/bundle.ts';
import { licencesOf, packagesIn } from '../lib/constructs/bundled-packages.ts';
import packageJson from '../package.json' with { type: 'json' };
import { billOfMaterials } from './release/bill-of-materials.ts';

const folder = join(projectRoot, 'dist');
const { name, version, description, license, type, engines } = packageJson;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const { metafile } = buildSync({
  ...bundleOptions,
  target: 'node20',
  entryPoints: ['bin/bridge.ts', 'local/simulator.ts'],
  inject: ['bin/bridge/node-20.ts'],
  outdir: 'dist',
  entryNames: '[name]',
  outExtension: { '.js': '.mjs' },
});
const packages = packagesIn(metafile, projectRoot);
writeFileSync(join(folder, licencesFile), licencesOf(packages));
copyFileSync(join(projectRoot, 'LICENSE'), join(folder, 'LICENSE'));
const manifest = { name, version, description, license, private: true, type, engines };
writeFileSync(
  join(folder, 'package.json'),
  `${JSON.stringify({ ...manifest, bin: { [name]: 'bridge.mjs', 'klaviyo-simulator': 'simulator.mjs' } }, null, 2)}
`,
);

const bundles = new Map(
  Object.entries(metafile.outputs).map(([path, output]) => [
    basename(path),
    packagesIn({ ...metafile, outputs: { [path]: output } }, projectRoot),
  ]),
);
const scratch = mkdtempSync(join(tmpdir(), 'klaviyo-bridge-bundles-'));
for (const handler of globSync('functions/*/handler.ts', { cwd: projectRoot }).sort()) {
  const functionName = basename(dirname(handler));
  bundles.set(
    `functions/${functionName}`,
    bundleFunction(functionName, join(scratch, functionName)),
  );
}
rmSync(scratch, { recursive: true });
writeFileSync(join(folder, 'sbom.cdx.json'), billOfMaterials(projectRoot, name, bundles));
