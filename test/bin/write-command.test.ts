/** The command line as a package: packed and installed as its users do, run by their own Node. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { officialSdk } from '../support/official-sdk.ts';

const project = join(import.meta.dirname, '../..');

/** The machine's own, which `npm run` hides behind the project's. */
const machineNode = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
  .map((folder) => join(folder, 'node'))
  .find((path) => existsSync(path));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'klaviyo-bridge-command-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const npm = (...words: string[]): string =>
  execFileSync('npm', [...words, '--silent'], { cwd: project, encoding: 'utf8' });

describe('the package in dist/', () => {
  const command = () => join(folder, 'node_modules/.bin/klaviyo-bridge');
  const run = (node: string, words: readonly string[], env: Record<string, string> = {}) => {
    const options = { cwd: folder, encoding: 'utf8', env: { HOME: folder, ...env } } as const;
    const { status, stdout, stderr } = spawnSync(node, [command(), ...words], options);
    return { status, stdout, stderr };
  };

  beforeAll(() => {
    npm('run', 'prepare');
    npm('pack', './dist', '--pack-destination', folder);
    const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    npm('install', '--offline', '--prefix', folder, join(folder, archive));
  }, 180_000); // npm runs five times

  it('brings nothing else with it', () => {
    const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !/^\./.test(name));
    expect(installed).toEqual(['klaviyo-bridge']);
  });

  const textOf = (file: string): string =>
    readFileSync(join(folder, 'node_modules/klaviyo-bridge', file), 'utf8');

  it('brings the licence of each package that is in it, word for word', () => {
    const licences = textOf('THIRD-PARTY-LICENSES.txt');
    const bill = JSON.parse(textOf('sbom.cdx.json'));
    const inside = bill.components.filter(({ properties }: { properties: { value: string }[] }) =>
      properties.some(({ value }) => value === 'bridge.mjs'),
    );
    expect(inside.length).toBeGreaterThan(30);
    for (const { name, version } of inside) expect(licences).toContain(`\n${name} ${version} (`);
    for (const file of ['commander/LICENSE', 'zod/LICENSE', '@aws-sdk/client-sqs/LICENSE'])
      expect(licences).toContain(readFileSync(join(project, 'node_modules', file), 'utf8').trim());
  });

  it('brings the bill of all that the release redistributes, by version, hash and bundle', () => {
    const bill = JSON.parse(textOf('sbom.cdx.json'));
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { version: packageJson.version } },
    });
    expect(bill.metadata.component.name).toBe('klaviyo-bridge');
    const components: { name: string; properties: { value: string }[] }[] = bill.components;
    const named = new Map(components.map((component) => [component.name, component]));
    expect(named.get('zod')).toMatchObject({
      version: packageJson.dependencies.zod,
      purl: `pkg:npm/zod@${packageJson.dependencies.zod}`,
      licenses: [{ license: { id: 'MIT' } }],
      hashes: [{ alg: 'SHA-512' }],
      properties: expect.arrayContaining(
        ['bridge.mjs', 'functions/customers', 'functions/oauth'].map((value) => ({
          name: 'klaviyo-bridge:bundle',
          value,
        })),
      ),
    });
    const bundlesOf = (name: string) => named.get(name)?.properties.map(({ value }) => value);
    expect(bundlesOf('csv-parse')).toEqual(['bridge.mjs']);
    expect(bundlesOf('libphonenumber-js')).toEqual(['simulator.mjs']);
    for (const tool of ['vitest', 'aws-cdk-lib', 'esbuild']) expect(named.has(tool)).toBe(false);
  });

  describe.each([
    ["the project's Node", process.execPath],
    ["the machine's own Node", machineNode ?? process.execPath],
  ])('run by %s', (_, node) => {
    it('tells its version, and helps', () => {
      const version = { status: 0, stdout: `${packageJson.version}\n`, stderr: '' };
      expect(run(node, ['--version'])).toEqual(version);
      expect(run(node, ['send', '--help'])).toMatchObject({ status: 0, stderr: '' });
    });

    it('checks a file of jobs', () => {
      const job = { type: 'customer.upsert', connectionId: 'acme', customer: { customerId: '1' } };
      writeFileSync(join(folder, 'jobs.jsonl'), JSON.stringify(job));
      const stdout = '1 job would be sent: customer.upsert 1\n';
      const checked = run(node, ['send', 'jobs.jsonl', '--dry-run']);
      expect(checked).toEqual({ status: 0, stdout, stderr: '' });
    });

    it('tells a wrong command line, and that AWS is out of reach, in one line each', () => {
      const misused = run(node, ['connections', 'show']);
      expect(misused.stderr).toMatch(/^bridge: missing required argument 'id'[^\n]*\n$/);
      expect(misused.status).toBe(2);
      const alone = run(node, ['status'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
      expect(alone.stderr).toMatch(/^bridge: nothing answers at [^\n]*\n$/);
      expect(alone.status).toBe(1);
    });
  });

  describe('npx klaviyo-simulator', () => {
    const running: (() => Promise<unknown>)[] = [];
    afterEach(() => Promise.all(running.splice(0).map((end) => end())));

    /** By the machine's own Node, at any free port. */
    const start = async (...words: string[]): Promise<string> => {
      const path = [join(machineNode ?? process.execPath, '..'), process.env.PATH].join(delimiter);
      const child = spawn('npx', ['klaviyo-simulator', '--port', '0', '--json', ...words], {
        ...{ cwd: folder, detached: true },
        env: { HOME: folder, PATH: path, npm_config_offline: 'true' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      running.push(async () => {
        const ended = once(child, 'close');
        process.kill(-(child.pid ?? 0), 'SIGINT');
        await ended;
      });
      const [line] = await once(createInterface(child.stdout), 'line');
      return JSON.parse(String(line)).url;
    };
    const put = async (url: string, path: string, body: object): Promise<void> => {
      const response = await fetch(`${url}/simulator${path}`, {
        method: 'PUT',
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(200);
    };

    it('serves the official SDK, which creates, imports, subscribes and reads', async () => {
      const sdk = officialSdk(await start(), 'pk_simulated');
      const id = await sdk.create('ann@example.com');
      expect(await sdk.import('ann@example.com', 'Ann')).toBe(id);
      expect(await sdk.subscribe('ann@example.com', 'NewsLt')).toBe(202);
      await expect.poll(() => sdk.emailsOn('NewsLt'), { timeout: 10_000 }).toHaveLength(1);
      expect(await sdk.read(id)).toMatchObject({ firstName: 'Ann' });
    });

    it('throttles the SDK by its limits and by a fault', async () => {
      const url = await start('--clock-stands');
      const sdk = officialSdk(url, 'pk_simulated');
      const throttled = async () => {
        const calls = await fetch(`${url}/simulator/calls?status=429`);
        return ((await calls.json()) as { total: number }).total;
      };
      expect(await sdk.accountId()).toBe('SimShp');
      const second = sdk.accountId(); // one call a second: the clock stands, so it has to wait
      await expect.poll(throttled, { timeout: 10_000 }).toBeGreaterThan(0);
      await put(url, '/clock', { advanceSeconds: 1 });
      expect(await second).toBe('SimShp');

      const before = await throttled();
      await put(url, '/faults', {
        faults: [
          { kind: 'status', status: 429, times: 1, match: { endpoint: 'POST /api/profiles' } },
        ],
      });
      expect(await sdk.create('bob@example.com')).not.toBe('');
      expect(await throttled()).toBe(before + 1);
    });
  });

  describe('klaviyo-simulator', () => {
    const simulate = (words: readonly string[]) => {
      const program = join(folder, 'node_modules/.bin/klaviyo-simulator');
      const options = { cwd: folder, encoding: 'utf8', env: { HOME: folder } } as const;
      const { status, stderr } = spawnSync(process.execPath, [program, ...words], options);
      return { status, stderr };
    };

    it('says in one line why it does not start', () => {
      writeFileSync(join(folder, 'settings.json'), '{"accounts": [{"privateKey": "pk_x"}]}');
      for (const [words, status, line] of [
        [['--port', 'x'], 2, "option '--port <port>' argument 'x' is invalid. "],
        [['--settings', 'none.json'], 1, 'none.json cannot be read'],
        [['--settings', 'settings.json'], 1, 'settings.json: accounts.0.privateKey: there is no'],
      ] as const) {
        const outcome = simulate(words);
        expect(outcome.status).toBe(status);
        expect(outcome.stderr).toMatch(/^klaviyo-simulator: [^\n]*\n$/);
        expect(outcome.stderr).toContain(line);
      }
    });
  });
});

it("the project's own package has the command in it, and no source that Node would refuse", () => {
  const [packed] = Object.values(
    JSON.parse(npm('pack', '--dry-run', '--json', '--ignore-scripts')),
  );
  const paths = (packed as { files: { path: string }[] }).files.map(({ path }) => path);
  for (const path of Object.values(packageJson.bin)) expect(paths).toContain(path);
  expect(paths.filter((path) => path.endsWith('.ts'))).toEqual([]);
});
