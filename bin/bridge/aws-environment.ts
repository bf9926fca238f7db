/** The SDK's own settings, from the command line's options. */
import { CommandFailure } from './failure.ts';

/** The embedded host asks for a signature and takes any: nobody should have to invent one. */
const standIns = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const;

const isThisMachine = (url: string | undefined): boolean =>
  url !== undefined && /^https?:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/.test(url);

/**
 * Makes the SDK's clients that follow use the profile and region of the command line.
 * @throws CommandFailure when AWS_ENDPOINT_URL is no address.
 */
export const prepareAwsEnvironment = ({
  profile,
  region,
}: {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}): void => {
  const { AWS_ENDPOINT_URL: endpoint } = process.env;
  if (endpoint && !(/^https?:/.test(endpoint) && URL.canParse(endpoint)))
    throw new CommandFailure(`AWS_ENDPOINT_URL is no address, such as https://…: ${endpoint}`);
  if (profile !== undefined) process.env.AWS_PROFILE = profile;
  if (region !== undefined) process.env.AWS_REGION = region;
  // The AWS CLI's own name for it, which the SDK does not read.
  const { AWS_DEFAULT_REGION } = process.env;
  if (AWS_DEFAULT_REGION !== undefined) process.env.AWS_REGION ??= AWS_DEFAULT_REGION;
  if (!isThisMachine(endpoint) || process.env.AWS_PROFILE !== undefined) return;
  for (const [name, value] of Object.entries(standIns)) process.env[name] ??= value;
};
