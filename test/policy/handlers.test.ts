import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { exampleEnvironment, functionEnvironments } from '../support/function-environments.ts';

const handlerOf = (name: string) =>
  import(
    /* @vite-ignore */
    pathToFileURL(join(import.meta.dirname, '../../functions', name, 'handler.ts')).href
  );

afterEach(() => vi.unstubAllEnvs());

describe.each([...functionEnvironments])('the handler of %s', (name, schema) => {
  const example = exampleEnvironment(schema);

  it('has an example environment that satisfies its schema', () => {
    expect(schema.safeParse(example).error).toBeUndefined();
  });

  it('loads under that environment and exports the handler', async () => {
    for (const [key, value] of Object.entries(example)) vi.stubEnv(key, value);
    const { handler } = await handlerOf(name);
    expect(handler).toBeTypeOf('function');
  });
});
