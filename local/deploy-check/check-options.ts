/** The command line of `npm run deploy:check`, and what it takes for consent. */
import { Command, InvalidArgumentError } from 'commander';
import { UsageFailure } from '../../bin/bridge/failure.ts';

export interface CheckOptions {
  /** Of the emulator; undefined: AWS itself. */
  readonly endpoint: string | undefined;
  readonly sandbox?: boolean;
  readonly simulatorHost?: string;
  readonly simulatorPort?: number;
  readonly klaviyoUrl?: string;
  readonly timeout: number;
  readonly keep?: boolean;
  readonly verbose?: boolean;
  readonly profile?: string;
  readonly region?: string;
}

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('a whole number above 0 is needed');
  return Number(text);
};

const address = (text: string): string => {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new InvalidArgumentError('a URL that begins with http:// or https:// is needed');
  return text.replace(/\/+$/, '');
};

const epilogue = `
AWS_ENDPOINT_URL names the emulator, which has to be bootstrapped: npx cdk bootstrap.
The functions call a simulated Klaviyo that this command runs. Where they run in containers, name
an address at which this machine is reached from there and from here, such as
--simulator-host 172.17.0.1 (Docker on Linux) or host.docker.internal (Docker Desktop). In an
account of AWS they need a tunnel: --sandbox --simulator-port 8080 --klaviyo-url https://…

Exit codes: 0 everything arrived, 1 something did not, 2 wrong command line (nothing was done),
130 ended by Ctrl-C. What was deployed is destroyed in each case, unless --keep is given.
The last line is the result as JSON.
`;

const createCommand = (): Command =>
  new Command('npm run deploy:check --')
    .description(
      'Deploys a throwaway stage with cdk, sends one job of each kind, waits for the outcome, destroys it.',
    )
    .option('--sandbox', 'deploy to AWS itself: to the account of your credentials')
    .option('--simulator-host <name>', 'where the functions reach this machine')
    .option('--simulator-port <port>', 'the port of the simulated Klaviyo', wholeNumber)
    .option('--klaviyo-url <url>', 'where the functions reach the simulated Klaviyo', address)
    .option('--timeout <seconds>', 'how long to wait for each outcome', wholeNumber, 180)
    .option('--keep', 'leave the stage deployed')
    .option('--verbose', 'show what cdk prints')
    .option('--profile <name>', 'the AWS profile, in place of AWS_PROFILE')
    .option('--region <name>', 'the AWS region, in place of AWS_REGION')
    .addHelpText('after', epilogue)
    .allowExcessArguments(false)
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'deploy:check: ')),
    })
    .exitOverride();

const isAws = (endpoint: string): boolean =>
  /(^|\.)amazonaws\.com(\.cn)?$/.test(URL.parse(endpoint)?.hostname ?? '');

/**
 * @throws CommanderError when it is misused, having said so.
 * @throws UsageFailure when it is not clear that anything may be deployed there.
 */
export const parseCheckOptions = (
  argv: readonly string[],
  endpoint: string | undefined,
): CheckOptions => {
  const given = createCommand()
    .parse(argv, { from: 'user' })
    .opts<Omit<CheckOptions, 'endpoint'>>();
  const { sandbox = false, klaviyoUrl } = given;
  if (endpoint !== undefined && !URL.canParse(endpoint))
    throw new UsageFailure(`AWS_ENDPOINT_URL is no URL: ${endpoint}`);
  const emulator = endpoint !== undefined && !isAws(endpoint) ? endpoint : undefined;
  if (emulator === undefined && !sandbox)
    throw new UsageFailure(
      'AWS_ENDPOINT_URL names no emulator: set it, or deploy to the AWS account of your credentials with --sandbox',
    );
  if (emulator === undefined && klaviyoUrl === undefined)
    throw new UsageFailure(
      '--sandbox needs --klaviyo-url: functions on AWS reach this machine through a tunnel alone',
    );
  return { ...given, endpoint: emulator };
};
