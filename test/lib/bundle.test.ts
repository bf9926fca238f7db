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
  const outputs = () => [join(folder, name, 'a'), join(folder, name, 'deeper', 'b')] as const;
  beforeAll(() => {
    for (const output of outputs()) bundleFunction(name, output);
  });

  it('loads outside the project, with all that it needs inside, and exports its handler', () => {
    const [output] = outputs();
    const { stdout, stderr } = loadAlone(join(output, 'index.mjs'), exampleEnvironment(schema));
    expect({ stdout, stderr }).toEqual({ stdout: 'function\n', stderr: '' });
  });

  it('is the same bytes wherever it is made', () => {
    const [first, second] = outputs();
    for (const file of ['index.mjs', 'index.mjs.map']) {
      expect(readFileSync(join(second, file)).equals(readFileSync(join(first, file)))).toBe(true);
    }
  });

  it('points at its sources by their paths in the project', () => {
    const [output] = outputs();
    const { sources } = JSON.parse(readFileSync(join(output, 'index.mjs.map'), 'utf8'));
    expect(sources).toContain(`functions/${name}/handler.ts`);
  });
});
