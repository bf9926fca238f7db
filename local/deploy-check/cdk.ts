/** The real `cdk` command, deploying and destroying the throwaway stage. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CommandFailure } from '../../bin/bridge/failure.ts';
import { type CommandOutcome, projectFolder, runCommand } from './run-command.ts';

export interface CdkOptions {
  readonly stage: string;
  /** Where the assembly goes, and what cdk remembers of accounts. */
  readonly folder: string;
  readonly endpoint: string | undefined;
  readonly isShown: boolean;
}

export interface Cdk {
  /** @throws CommandFailure that says why not. */
  deploy(signal: AbortSignal): Promise<void>;
  /** Destroys both stacks, deployed or half deployed. @throws CommandFailure that says why not. */
  destroy(): Promise<void>;
}

const program = join(projectFolder, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** A bucket is a name in front of the host, unless the host is an IP address. */
const bucketEndpoint = (endpoint: string | undefined): Record<string, string> =>
  endpoint === undefined || process.env.AWS_ENDPOINT_URL_S3 !== undefined
    ? {}
    : { AWS_ENDPOINT_URL_S3: endpoint.replace('//localhost', '//127.0.0.1') };

/** What cdk's output says of a failure, in one line. */
export const explainCdk = ({ stdout, stderr }: CommandOutcome): string => {
  const lines = stripVTControlCharacters(`${stdout}\n${stderr}`)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.includes('Subprocess exited')); // the app has said why
  if (lines.some((line) => line.includes('Has the environment been bootstrapped')))
    return 'the account and region are not bootstrapped: run `npx cdk bootstrap` with the same AWS settings';
  const reason = lines.findLastIndex((line) => line.startsWith('‣'));
  return lines.slice(reason).join(' ').replace('‣ ', '') || 'it printed nothing';
};

export const createCdk = ({ stage, folder, endpoint, isShown }: CdkOptions): Cdk => {
  const assembly = join(folder, 'cdk.out');
  const environment = {
    CDK_DISABLE_VERSION_CHECK: '1',
    CDK_HOME: folder, // an emulator's account is nothing to remember
    ...bucketEndpoint(endpoint),
  };
  const run = async (words: readonly string[], signal?: AbortSignal): Promise<void> => {
    const options = { environment, isShown, ...(signal === undefined ? {} : { signal }) };
    const outcome = await runCommand([program, ...words, '--all', '--no-color'], options);
    if (outcome.exitCode !== 0) throw new CommandFailure(`cdk: ${explainCdk(outcome)}`);
  };
  return {
    deploy: (signal) =>
      run(
        [
          'deploy',
          ...['--context', `stage=${stage}`, '--output', assembly],
          ...['--context', 'reservePollConcurrency=false'], // a new account has none to reserve
          ...['--require-approval', 'never', '--progress', 'events'],
        ],
        signal,
      ),
    async destroy() {
      if (!existsSync(join(assembly, 'manifest.json'))) return; // not even synthesized
      await run(['destroy', '--app', assembly, '--force']);
    },
  };
};
