import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findLocalHost, useLocalHost } from '../../../bin/bridge/local-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'local-host-'));
const file = join(folder, 'local-host.json');
const host = {
  processId: process.pid,
  environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_REGION: 'us-east-1' },
  klaviyoUrl: 'http://127.0.0.1:2',
};
const write = (content: unknown) => writeFileSync(file, JSON.stringify(content));

beforeEach(() => {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_PROFILE', 'AWS_REGION']) vi.stubEnv(name, undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(file, { force: true });
});

test('the host that runs here is found, for its own stage only', () => {
  write(host);
  expect(findLocalHost('local', file)).toEqual(host);
  expect(findLocalHost('dev', file)).toBeUndefined();
});

test('an endpoint that the user names comes before it', () => {
  write(host);
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:4566');
  expect(findLocalHost('local', file)).toBeUndefined();
});

test.each([
  ['nothing was written', undefined],
  ['what was written is of another version', { endpoint: 'http://127.0.0.1:1' }],
  ['its process was killed', { ...host, processId: spawnSync('true').pid }],
])('where %s, the command says how to start it', (_, content) => {
  if (content !== undefined) write(content);
  expect(() => findLocalHost('local', file)).toThrow('start it');
});

test('the profile of this shell is never used with it', () => {
  vi.stubEnv('AWS_PROFILE', 'prod');
  useLocalHost(host);
  expect(process.env.AWS_PROFILE).toBeUndefined();
  expect(process.env).toMatchObject(host.environment);
});
