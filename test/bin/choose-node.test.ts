/** Which Node the project's scripts run on, on machines of several kinds. npm's part is a stand-in. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import lock from '../../bin/fallback-node/package-lock.json' with { type: 'json' };
import packageJson from '../../package.json' with { type: 'json' };

const project = join(import.meta.dirname, '../..');
const offered = `node-${process.platform}-${process.arch}`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'klaviyo-bridge-node-'));
  cpSync(join(project, 'bin/choose-node.mjs'), join(folder, 'bin/choose-node.mjs'));
  cpSync(join(project, 'bin/fallback-node'), join(folder, 'bin/fallback-node'), {
    recursive: true,
  });
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says it is this version of Node. */
const programOf = (path: string, version: string) => {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
};

const scriptsNode = () => join(folder, 'node_modules/.bin/node');
const asked = () => join(folder, 'npm-was-asked');

/** What npm leaves behind for this platform, where it has something. */
const npmThatHas = (version: string | undefined): string => {
  const path = join(folder, 'npm.mjs');
  const binary = `node_modules/${offered}/bin`;
  const install =
    version === undefined
      ? ''
      : `mkdirSync('${binary}', { recursive: true });
         writeFileSync('${binary}/node', '#!/bin/sh\\necho v${version}\\n', { mode: 0o755 });`;
  writeFileSync(
    path,
    `import { mkdirSync, writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(asked())}, process.argv.slice(2).join(' '));
     ${install}`,
  );
  return path;
};

/** @param own the version of the machine's own Node. */
const choose = (own: string, npm = npmThatHas('24.21.0')) => {
  programOf(join(folder, 'own/node'), own);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'bin/choose-node.mjs')],
    {
      encoding: 'utf8',
      env: {
        PATH: `${join(folder, 'node_modules/.bin')}:${join(folder, 'own')}:/usr/bin:/bin`,
        npm_execpath: npm,
      },
    },
  );
  return { status, stdout, stderr };
};

const versionOf = (path: string) => spawnSync(path, { encoding: 'utf8' }).stdout.trim();

describe.skipIf(process.platform === 'win32')('the scripts of the project', () => {
  it.each(['24.3.0', '24.21.0', '26.12.1'])(
    'run on the machine’s own Node %s, and npm is asked for none',
    (own) => {
      expect(choose(own)).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(existsSync(scriptsNode())).toBe(false);
      expect(existsSync(asked())).toBe(false);
    },
  );

  it.each(['20.20.2', '22.23.2', '24.2.0'])(
    'run on npm’s where the machine’s own is %s, which is said',
    (own) => {
      const { status, stdout } = choose(own);
      expect(status).toBe(0);
      expect(stdout).toBe(
        `Node.js ${own} is older than 24.3: scripts run on 24.21.0 of the npm package ${offered}\n`,
      );
      expect(versionOf(scriptsNode())).toBe('v24.21.0');
      expect(readFileSync(asked(), 'utf8')).toMatch(/^ci .*--ignore-scripts/);
    },
  );

  it('do not ask npm again for what is there', () => {
    choose('20.20.2');
    rmSync(asked());
    expect(choose('20.20.2').status).toBe(0);
    expect(existsSync(asked())).toBe(false);
  });

  it('go back to the machine’s own once it is new enough', () => {
    choose('20.20.2');
    choose('24.21.0');
    expect(existsSync(scriptsNode())).toBe(false);
    expect(existsSync(join(folder, 'node_modules/.fallback-node'))).toBe(false);
  });

  it.each([
    ['nothing', undefined],
    ['an old one', '24.0.0'],
  ])('do not begin where npm has %s for the platform', (_, version) => {
    const { status, stderr } = choose('20.20.2', npmThatHas(version));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Node\.js 20\.20\.2 is older than 24\.3, .*nodejs\.org.*\n$/);
    expect(existsSync(scriptsNode())).toBe(false);
  });
});

describe('the Node that npm has', () => {
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  const minorOf = (version: string) => Number(version.split('.')[1]);

  it('is no dependency of the project, so a machine that needs none gets none', () => {
    expect(packageJson).not.toHaveProperty('optionalDependencies');
  });

  it('is of the functions’ own version, and as new on one platform as on the others', () => {
    const versions = packages.map(([, entry]) => ('version' in entry ? entry.version : ''));
    expect(versions.length).toBeGreaterThan(2);
    expect(versions.filter((version) => !version.startsWith('24.'))).toEqual([]);
    const minors = versions.map(minorOf);
    expect(Math.max(...minors) - Math.min(...minors)).toBeLessThanOrEqual(1);
  });

  it.each(packages)('%s is pinned by its hash', (_, entry) => {
    expect(entry).toMatchObject({ integrity: expect.stringMatching(/^sha512-/) });
  });
});
