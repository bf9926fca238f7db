/**
 * `npm run bench -- bundles`: how large each function's code is and how long it takes to load,
 * beside one such function on klaviyo-api and the AWS SDK as they come, bundled as small as esbuild
 * can.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { bundleFunction, bundleOptions } from '../../lib/constructs/bundle.ts';
import { customersQueue } from '../../shared/jobs/contract/queues.ts';
import { exampleEnvironment, functionEnvironments } from '../support/function-environments.ts';
import { printFigure, printProgress } from './figure.ts';

const rounds = 15;
const peerName = 'klaviyo-api and the plain SDK';

interface Bundle {
  readonly folder: string;
  readonly env: Record<string, string>;
  /** What is loaded after it, within the same time. */
  readonly more?: string;
}

/** Ours load it with the first call to Klaviyo, the peer with itself. */
const fetchToo = 'new Request("http://127.0.0.1/");';

const bundlePeer = (folder: string): void => {
  const entryPoints = [join(import.meta.dirname, 'bundles-peer.ts')];
  const outfile = join(folder, 'index.mjs');
  buildSync({ ...bundleOptions, minifyIdentifiers: true, entryPoints, outfile });
};

const kilobytesOf = ({ folder }: Bundle, file: string): number =>
  statSync(join(folder, file)).size / 1_000;

/**
 * In a process of its own: milliseconds of the processor from the import of the file to its handler.
 * A function of 512 MiB has a third of a core, and nothing to wait for but that; and what else runs
 * on this machine counts for less.
 */
const load = ({ folder, env, more = '' }: Bundle): number => {
  const url = JSON.stringify(pathToFileURL(join(folder, 'index.mjs')).href);
  const code = `
    const start = process.cpuUsage();
    await import(${url});
    ${more}
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) / 1_000);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    ...{ cwd: folder, env, encoding: 'utf8' },
  });
  const milliseconds = Number.parseFloat(stdout);
  if (Number.isNaN(milliseconds)) throw new Error(`it did not load: ${stderr}`);
  return milliseconds;
};

/**
 * The fastest of some loads, of all in turn: the rest is what else the machine did. The first round
 * is not counted: it reads the files from the disk.
 */
const loadAll = (bundles: ReadonlyMap<string, Bundle>): ReadonlyMap<string, number> => {
  const fastest = new Map<string, number>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, bundle] of bundles) {
      const milliseconds = load(bundle);
      if (round > 0) fastest.set(name, Math.min(milliseconds, fastest.get(name) ?? Infinity));
    }
    printProgress(`round ${round} of ${rounds}`);
  }
  return fastest;
};

const makeAll = (root: string) => {
  const peer = { folder: join(root, 'peer'), env: exampleEnvironment(customersQueue.environment) };
  bundlePeer(peer.folder);
  const functions = new Map<string, Bundle>();
  for (const [name, schema] of functionEnvironments) {
    functions.set(name, { folder: join(root, name), env: exampleEnvironment(schema) });
    bundleFunction(name, join(root, name));
  }
  return { peer, functions };
};

const print = (figure: string, value: number, unit: string, peer?: number): void =>
  printFigure('bundles', {
    ...{ figure, value, unit },
    ...(peer !== undefined && { peers: { [peerName]: peer } }),
  });

const report = (root: string): void => {
  const { peer, functions } = makeAll(root);
  const all = new Map<string, Bundle>([[peerName, peer], ...functions]);
  const loads = loadAll(
    new Map(
      [...all].flatMap(([name, bundle]) => [
        [name, bundle],
        [`${name} and fetch`, { ...bundle, more: fetchToo }],
      ]),
    ),
  );
  const timeOf = (name: string) => loads.get(name) ?? Number.NaN;
  for (const [name, bundle] of functions) {
    print(`${name}: code`, kilobytesOf(bundle, 'index.mjs'), 'KB', kilobytesOf(peer, 'index.mjs'));
    print(
      `${name}: source map, read with the first trace`,
      kilobytesOf(bundle, 'index.mjs.map'),
      'KB',
    );
    for (const what of ['', ' and fetch']) {
      const [ours, theirs] = [timeOf(name + what), timeOf(peerName + what)];
      print(`${name}: load${what}`, ours, 'ms of CPU', theirs);
      print(`${name}: load${what}, faster than the peer`, theirs / ours, 'times');
    }
  }
};

export const run = async (): Promise<void> => {
  const root = mkdtempSync(join(tmpdir(), 'bench-bundles-'));
  try {
    report(root);
  } finally {
    rmSync(root, { recursive: true });
  }
};
