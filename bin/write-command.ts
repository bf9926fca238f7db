/**
 * `npm run prepare`: the command lines as a package of their own, in dist/. It needs neither this
 * checkout nor any other package, and runs on Node 20: Node does not strip the types of what is
 * under somebody's node_modules.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';
import { bundleOptions } from '../lib/constructs/bundle.ts';
import packageJson from '../package.json' with { type: 'json' };

const folder = new URL('../dist/', import.meta.url);
const { name, version, description, license, type, engines } = packageJson;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
buildSync({
  ...bundleOptions,
  target: 'node20',
  entryPoints: ['bin/bridge.ts', 'local/simulator.ts'],
  inject: ['bin/bridge/node-20.ts'],
  outdir: 'dist',
  entryNames: '[name]',
  outExtension: { '.js': '.mjs' },
});
copyFileSync(new URL('../LICENSE', import.meta.url), new URL('LICENSE', folder));
const manifest = { name, version, description, license, private: true, type, engines };
writeFileSync(
  new URL('package.json', folder),
  `${JSON.stringify({ ...manifest, bin: { [name]: 'bridge.mjs', 'klaviyo-simulator': 'simulator.mjs' } }, null, 2)}\n`,
);
