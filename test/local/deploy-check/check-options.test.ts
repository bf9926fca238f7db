import { describe, expect, it } from 'vitest';
import { parseCheckOptions } from '../../../local/deploy-check/check-options.ts';
import { runNode } from '../../support/bridge-command.ts';

const emulator = 'http://127.0.0.1:4566';

describe('the command line of deploy:check', () => {
  it('deploys to the emulator that AWS_ENDPOINT_URL names', () => {
    expect(parseCheckOptions([], emulator)).toMatchObject({ endpoint: emulator, timeout: 180 });
  });

  it.each([
    ['nothing', undefined],
    ['AWS itself', 'https://sqs.eu-west-1.amazonaws.com'],
  ])('deploys nothing without consent where AWS_ENDPOINT_URL names %s', (_, endpoint) => {
    expect(() => parseCheckOptions([], endpoint)).toThrow(/^AWS_ENDPOINT_URL names no emulator/);
    const tunnel = ['--klaviyo-url', 'https://tunnel.example.com/'];
    expect(() => parseCheckOptions(['--sandbox'], endpoint)).toThrow(/--klaviyo-url/);
    expect(parseCheckOptions(['--sandbox', ...tunnel], endpoint)).toMatchObject({
      endpoint: undefined,
      klaviyoUrl: 'https://tunnel.example.com',
    });
  });

  it('refuses an endpoint that is no URL', () => {
    expect(() => parseCheckOptions([], 'localhost 4566')).toThrow('AWS_ENDPOINT_URL is no URL');
  });

  it.each([
    [['--timeout', 'soon'], 'whole number'],
    [['--klaviyo-url', 'ftp://example.com'], 'http:// or https://'],
    [['--stage', 'prod'], "unknown option '--stage'"],
    [['prod'], 'too many arguments'],
  ])('%j ends with 2 and one line', async (words, line) => {
    const { exitCode, stderr, stdout } = await runNode(['local/deploy-check.ts', ...words], {
      environment: { AWS_ENDPOINT_URL: emulator },
    });
    expect(stderr).toMatch(/^deploy:check: [^\n]*\n$/);
    expect(stderr).toContain(line);
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  it('explains itself', async () => {
    const { exitCode, stdout } = await runNode(['local/deploy-check.ts', '--help']);
    expect(stdout).toContain('Exit codes: 0 everything arrived');
    expect(exitCode).toBe(0);
  });

  it('says in one line that nothing answers', async () => {
    const { exitCode, stderr } = await runNode(['local/deploy-check.ts'], {
      environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    });
    expect(stderr).toBe(
      'deploy:check: nothing answers at http://127.0.0.1:9, which AWS_ENDPOINT_URL names: is it running?\n',
    );
    expect(exitCode).toBe(1);
  });
});
