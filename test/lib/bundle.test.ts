import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunction, functionOptions, projectRoot } from '../../lib/constructs/bundle.ts';
import { customersQueue } from '../../shared/jobs/contract/queues.ts';
import { exampleEnvironment, functionEnvironments } from '../support/function-environments.ts';
import { sqsEvent } from '../support/sqs-event.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'klaviyo-bridge-bundle-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs code beside a bundle as Lambda does: in a process of its own that has nothing else. */
const runAlone = (code: string, env: Record<string, string>) =>
  spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    ...{ cwd: folder, env, encoding: 'utf8' },
  });

const importing = (bundle: string) =>
  `const { handler } = await import(${JSON.stringify(pathToFileURL(join(bundle, 'index.mjs')).href)});`;

const textOf = (file: string) => readFileSync(join(projectRoot, file), 'utf8');

/** The lines of our sources that a stack trace names, as they are written there. */
const linesNamed = (stack: string) =>
  [...stack.matchAll(/((?:functions|shared)\/[\w/-]+\.ts):(\d+):\d+/g)].map(
    ([, file = '', line]) => ({
      file,
      text: textOf(file).split('\n')[Number(line) - 1] ?? '',
    }),
  );

/** Short identifiers change what these files read, and nothing that matters. */
const judgedReaders = new Set(
  [
    // The names of Node's own classes: those stay.
    '@aws-sdk/util-dynamodb/dist-es/convertToAttr.js',
    '@smithy/core/dist-es/submodules/serde/util-stream/stream-type-check.js',
    '@smithy/core/dist-es/submodules/serde/util-stream/sdk-stream-mixin.js',
    'zod/v4/core/util.js',
    // In the text of an error that only a programmer meets.
    '@smithy/core/dist-es/submodules/protocols/HttpProtocol.js',
    'zod/v4/core/schemas.js',
    'zod/v4/classic/schemas.js',
    // "NoOpLogger": where a hint is told; and the requests' logger, which BoundedHandler is given.
    '@aws-sdk/core/dist-es/submodules/client/middleware-user-agent/configurations.js',
    '@smithy/core/dist-es/submodules/protocols/protocol-http/extensions/httpExtensionConfiguration.js',
    '@smithy/core/dist-es/submodules/schema/middleware/schemaDeserializationMiddleware.js',
    // The last resort of `instanceof`, after the prototype and the shape.
    '@smithy/core/dist-es/submodules/client/smithy-client/exceptions.js',
    // Errors take their class's name. Once there is an answer, ours replace them.
    'oauth4webapi/build/index.js',
  ].map((path) => `node_modules/${path}`),
);

describe.each([...functionEnvironments])('the bundle of %s', (name, schema) => {
  const output = () => join(folder, name);
  beforeAll(() => bundleFunction(name, output()));

  it('loads outside the project, with all that it needs inside, and exports its handler', () => {
    const code = `${importing(output())} console.log(typeof handler);`;
    const { stdout, stderr } = runAlone(code, exampleEnvironment(schema));
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

  it('is at most 600 KB, without what Lambda never needs of the AWS SDK', () => {
    expect(statSync(join(output(), 'index.mjs')).size).toBeLessThanOrEqual(600_000);
    const licences = readFileSync(join(output(), 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(licences).not.toMatch(
      /^(@aws-sdk\/(credential-provider|nested-clients)|mnemonist|bowser)/m,
    );
  });

  it('points at its sources by their paths in the project', () => {
    const { sources } = JSON.parse(readFileSync(join(output(), 'index.mjs.map'), 'utf8'));
    expect(sources).toContain(`functions/${name}/handler.ts`);
  });

  it('tells by file and line what failed at its start', () => {
    const { stderr } = runAlone(importing(output()), {});
    const [thrown, called] = linesNamed(stderr);
    expect(thrown).toEqual({
      file: 'shared/platform/parse-environment.ts',
      text: expect.stringContaining('throw new Error('),
    });
    expect(called).toEqual({
      file: `functions/${name}/handler.ts`,
      text: expect.stringContaining('parseEnvironment('),
    });
  });

  it('leaves the map unread until something fails', () => {
    const code = readFileSync(join(output(), 'index.mjs'), 'utf8');
    expect(code).not.toContain('sourceMappingURL');
  });

  it('has no code whose work depends on what a class is called, but for what was judged', () => {
    const { outputs = {} } = buildSync(functionOptions(name)).metafile;
    const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
    const readers = inputs
      .filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && file !== '<stdin>')
      .map(([file]) => file)
      .filter((file) => /constructor\??\.name|new\.target/.test(textOf(file)));
    expect(inputs.length).toBeGreaterThan(100);
    expect(readers.filter((file) => !judgedReaders.has(file))).toEqual([]);
  });
});

describe('the bundle of customers, invoked', () => {
  const output = () => join(folder, 'customers');
  const job = {
    connectionId: 'acme',
    type: 'customer.upsert',
    customer: { customerId: '1' },
  };
  const invoke = (keys: Record<string, string>) => {
    const event = JSON.stringify(sqsEvent({ body: job }));
    const context = '{ awsRequestId: "1", getRemainingTimeInMillis: () => 20_000 }';
    const {
      AWS_ACCESS_KEY_ID: _,
      AWS_SECRET_ACCESS_KEY: __,
      ...env
    } = exampleEnvironment(customersQueue.environment);
    const code = `${importing(output())} await handler(${event}, ${context});`;
    const aws = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const { stdout, stderr } = runAlone(code, { ...env, ...aws, ...keys });
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    return lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'ERROR');
  };

  it('logs an error by file and line: here, that it knows no other credentials', () => {
    const [entry, ...more] = invoke({});
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ message: 'a job failed unexpectedly' });
    expect(entry.errorMessage).toMatch(/^AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set/);
    expect(linesNamed(entry.stack)[0]).toEqual({
      file: 'shared/platform/bundled/credentials.ts',
      text: expect.stringContaining('throw new Error('),
    });
  });

  it('finds the credentials that Lambda sets, and goes on to AWS', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
    expect(invoke(keys)).toEqual([]); // refused connections: the job is tried again
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
