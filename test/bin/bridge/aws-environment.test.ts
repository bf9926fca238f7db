import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { prepareAwsEnvironment } from '../../../bin/bridge/aws-environment.ts';

const names = [
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
];

beforeEach(() => {
  for (const name of names) vi.stubEnv(name, undefined);
});

afterEach(() => vi.unstubAllEnvs());

const environment = () =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

test('options come before the environment', () => {
  vi.stubEnv('AWS_PROFILE', 'one');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  prepareAwsEnvironment({ profile: 'two', region: 'eu-north-1' });
  expect(environment()).toEqual({ AWS_PROFILE: 'two', AWS_REGION: 'eu-north-1' });
});

test("the AWS CLI's name for the region is understood", () => {
  vi.stubEnv('AWS_DEFAULT_REGION', 'eu-west-1');
  prepareAwsEnvironment({});
  expect(process.env.AWS_REGION).toBe('eu-west-1');
});

test('an endpoint on this machine needs no credentials', () => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:4566');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  prepareAwsEnvironment({});
  expect(environment()).toMatchObject({
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
});

test.each([undefined, 'https://sqs.eu-west-1.amazonaws.com', 'http://127.0.0.1.example.com'])(
  'AWS itself is given none (%s)',
  (endpoint) => {
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    prepareAwsEnvironment({});
    expect(process.env.AWS_ACCESS_KEY_ID).toBeUndefined();
  },
);
