import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunction } from '../../lib/constructs/bundle.ts';
import { exampleEnvironment, functionEnvironments } from '../support/function-environments.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'klaviyo-bridge-bundle-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Loads a module as Lambda does: in a process of its own that has nothing else. */
const loadAlone = (file: string, env: Record<string, string>) =>
  spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(typeof handler);`,
    ],
    { cwd: folder, env, encoding: 'utf8' },
  );

describe.each([...functionEnvironments])('the bundle of %s', (name, schema) => {
  const output = () => join(folder, name);
  beforeAll(() => bundleFunction(name, output()));

  it('loads outside the project, with all that it needs inside, and exports its handler', () => {
    const { stdout, stderr } = loadAlone(join(output(), 'index.mjs'), exampleEnvironment(schema));
    expect({ stdout, stderr }).toEqual({ stdout: 'function\n', stderr: '' });
  });

  it('has the licences of what is inside beside it, and of nothing else', () => {
    const licences = readFileSync(join(output(), 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(licences).toMatch(/^zod \S+ \(MIT\)$/m);
    expect(licences).toContain('MIT License\n\nCopyright (c) 2025 Colin McDonnell');
    expect(licences).toMatch(/^@aws-sdk\/client-dynamodb \S+ \(Apache-2\.0\)$/m);
    expect(licences).toContain('Apache License\n');
    expect(licences).not.toMatch(/^(commander|esbuild|aws-cdk-lib) /m);
  });

  it('points at its sources by their paths in the project', () => {
    const { sources } = JSON.parse(readFileSync(join(output(), 'index.mjs.map'), 'utf8'));
    expect(sources).toContain(`functions/${name}/handler.ts`);
  });
});

it('a bundle is the same bytes wherever it is made', () => {
  const outputs = [join(folder, 'a'), join(folder, 'deeper', 'b')];
  for (const output of outputs) bundleFunction('customers', output);
  for (const file of ['index.mjs', 'index.mjs.map', 'THIRD-PARTY-LICENSES.txt']) {
    const [first, second] = outputs.map((output) => readFileSync(join(output, file), 'latin1'));
    expect(second === first).toBe(true);
  }
});
