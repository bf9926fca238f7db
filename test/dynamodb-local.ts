/**
 * `npm run test:dynamodb`: the tests of what is stored, against AWS's own DynamoDB Local. It is a Java
 * program that AWS gives away outside of npm; a package of AWS Amplify carries it. Its 56 MB are
 * fetched by this script alone, once, and are no dependency of anything.
 *
 * DynamoDB Local cannot be told to listen on the loopback interface only. It holds nothing but what
 * these tests write, for as long as they run.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const carrier = {
  package: 'amplify-dynamodb-simulator@2.9.30',
  sha512:
    'xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==',
};
const root = join(import.meta.dirname, '..');
const folder = join(root, 'node_modules/.cache/dynamodb-local-2.9.30');
const startsWithinMs = 60_000;

const fetchJar = (): void => {
  if (existsSync(folder)) return;
  const fresh = `${folder}-${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    const pack = ['pack', carrier.package, '--silent', '--pack-destination', fresh];
    const archive = join(fresh, execFileSync('npm', pack, { encoding: 'utf8' }).trim());
    if (hash('sha512', readFileSync(archive), 'base64') !== carrier.sha512)
      throw new Error(`${carrier.package} is not what it was`);
    execFileSync('tar', ['-xzf', archive, '-C', fresh, 'package/emulator']);
    renameSync(join(fresh, 'package/emulator'), folder);
  } finally {
    rmSync(fresh, { recursive: true });
  }
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const startJar = async () => {
  const port = await freePort();
  const java = spawn(
    'java',
    [
      '-Djava.library.path=./DynamoDBLocal_lib',
      '-jar',
      'DynamoDBLocal.jar',
      '-inMemory',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  const untilMs = Date.now() + startsWithinMs;
  // Whatever it answers, it is there.
  while ((await fetch(endpoint).catch(() => undefined)) === undefined) {
    if (java.exitCode !== null || Date.now() > untilMs) {
      java.kill();
      throw new Error('DynamoDB Local did not start');
    }
    await sleep(100);
  }
  return { endpoint, java };
};

if (spawnSync('java', ['-version']).error !== undefined) {
  console.log(
    'test:dynamodb is skipped: there is no Java here. On Debian: apt-get install default-jre-headless',
  );
  process.exit(0);
}
fetchJar();
const { endpoint, java } = await startJar();
const vitest = spawn(
  join(root, 'node_modules/.bin/vitest'),
  ['run', '--project', 'dynamodb', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, DYNAMODB_ENDPOINT: endpoint } },
);
vitest.on('exit', (code) => {
  java.kill();
  process.exitCode = code ?? 1;
});
