/**
 * `npm run preprepare`, in `npm ci` too: which Node the project's scripts run on. The machine's own where
 * it is new enough; else one from npm, put where `npm run` and `npx` look first. Plain JavaScript,
 * since the older Node runs it.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import { arch, env, execPath, exit, platform } from 'node:process';
import { fileURLToPath } from 'node:url';

/** The first that runs TypeScript without a warning; it has all of the language that is used here. */
const needed = [24, 3];

const project = fileURLToPath(new URL('..', import.meta.url));
const isWindows = platform === 'win32';
const program = isWindows ? 'node.exe' : 'node';
const scriptsNode = join(project, 'node_modules', '.bin', program);
const fallback = join(project, 'node_modules', '.fallback-node');
const packageName = `node-${isWindows ? 'win' : platform}-${arch}`;

/** `undefined` where there is none, or none that runs here. */
const versionOf = (path) => /^v(\S+)/.exec(spawnSync(path, ['--version']).stdout ?? '')?.[1];

const isNewEnough = (version = '0.0') => {
  const [major, minor] = version.split('.').map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
};

/** Not what npm puts before it on the path: that is ours, or another project's. */
const ownNode = (env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => basename(folder) !== '.bin')
  .map((folder) => join(folder, program))
  .find((path) => existsSync(path));

/** The lock file beside the manifest pins what npm gets; no script of a package is run. */
const install = () => {
  cpSync(join(project, 'bin', 'fallback-node'), fallback, { recursive: true });
  const npm = env.npm_execpath === undefined ? ['npm'] : [execPath, env.npm_execpath];
  const words = ['ci', '--prefix', fallback, '--ignore-scripts', '--no-audit', '--no-fund'];
  const [file, ...first] = npm;
  spawnSync(file, [...first, ...words], { cwd: fallback, stdio: ['ignore', 'ignore', 'inherit'] });
  const binary = join(fallback, 'node_modules', packageName, 'bin', program);
  if (!isNewEnough(versionOf(binary))) return;
  rmSync(scriptsNode, { force: true });
  if (isWindows) copyFileSync(binary, scriptsNode);
  else symlinkSync(relative(dirname(scriptsNode), binary), scriptsNode);
};

const ownVersion = ownNode && versionOf(ownNode);
if (isNewEnough(ownVersion)) {
  rmSync(scriptsNode, { force: true });
  rmSync(fallback, { recursive: true, force: true });
} else if (!isNewEnough(versionOf(scriptsNode))) {
  install();
  const version = versionOf(scriptsNode);
  const lacking = `Node.js ${ownVersion ?? '(none on the path)'} is older than ${needed.join('.')}`;
  if (!isNewEnough(version)) {
    console.error(
      `${lacking}, and npm's ${packageName} could not be had: install a newer one from https://nodejs.org, then run npm ci again`,
    );
    exit(1);
  }
  console.log(`${lacking}: scripts run on ${version} of the npm package ${packageName}`);
}
