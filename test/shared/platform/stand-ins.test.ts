import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultProvider } from '../../../shared/platform/bundled/credentials.ts';
import { EndpointCache } from '../../../shared/platform/bundled/endpoint-cache.ts';

afterEach(() => vi.unstubAllEnvs());

describe('the credentials', () => {
  const set = (variables: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  };
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

  it('are those of the environment, with the session', async () => {
    set({ ...keys, AWS_SESSION_TOKEN: 'token' });
    const expected = { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' };
    expect(await defaultProvider()()).toEqual(expected);
  });

  it('may be without a session', async () => {
    set({ ...keys, AWS_SESSION_TOKEN: undefined });
    expect(await defaultProvider()()).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
  });

  it.each(Object.keys(keys))('are refused by name without %s', async (name) => {
    set({ ...keys, [name]: undefined });
    await expect(defaultProvider()()).rejects.toThrow(/^AWS_ACCESS_KEY_ID and .* are not set/);
  });
});

it('event streams fail plainly where they are reached', async () => {
  await expect(import('../../../shared/platform/bundled/event-streams.ts')).rejects.toThrow(
    'the bundle is without event streams',
  );
});

it('the endpoint cache can be made, and each use of it fails plainly', () => {
  const cache = new EndpointCache();
  for (const use of Object.values(cache))
    expect(use).toThrow('the bundle is without endpoint discovery');
});
