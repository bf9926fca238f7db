/** What the command prints once it serves. */
import packageJson from '../../../package.json' with { type: 'json' };
import type { KlaviyoSimulator } from '../simulator.ts';

/** For people. */
export const announcement = ({ url, accounts }: KlaviyoSimulator): string => {
  const rows = accounts().map(({ id, name, privateKeys }) => {
    const keys = privateKeys.map(({ key }) => key).join(', ');
    return `    ${id}  ${name}  ${keys || 'no private key'}`;
  });
  return `klaviyo-simulator ${packageJson.version} at ${url}

  Klaviyo's API   ${url}/api/…
  OAuth           ${url}/oauth/authorize, ${url}/oauth/token
  For tests       ${url}/simulator
  Pages           ${url}/

  Accounts and their private keys
${rows.join('\n')}

Ctrl-C ends it, and nothing is kept.`;
};

/** For programs. */
export const announcementLine = ({ url, accounts }: KlaviyoSimulator): string =>
  JSON.stringify({ url, accounts: accounts().map(({ id, privateKeys }) => ({ id, privateKeys })) });

export const warning =
  'klaviyo-simulator: whoever reaches this port can read and change all that it holds: --host opens it to the network';
