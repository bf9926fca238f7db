/** Where everything of the local stage is: for people, and for the command line. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readLocalHost } from '../bin/bridge/local-host.ts';
import { type LocalHost, localHostFile } from '../shared/platform/contract/local-host.ts';
import { accounts, type LocalStage, stage } from './boot.ts';
import { prepareConnection } from './connect-demo.ts';

export interface Simulation {
  /** Whether the shop went to the simulated Klaviyo, or to the real one. */
  readonly isSimulated: boolean;
}

/** Lets `bridge --stage local` find this host; resolves to what makes it forget it again. */
export const writeHostDown = async (
  { aws, klaviyo }: LocalStage,
  { isSimulated }: Simulation,
): Promise<() => Promise<void>> => {
  const { environment } = aws;
  const host: LocalHost = {
    processId: process.pid,
    environment,
    ...(isSimulated ? { klaviyoUrl: klaviyo.url } : {}),
  };
  await mkdir(dirname(localHostFile), { recursive: true });
  await writeFile(localHostFile, JSON.stringify(host, null, 2));
  return async () => {
    // A host that was started after this one has written itself down in its place.
    if (readLocalHost()?.processId === process.pid) await rm(localHostFile, { force: true });
  };
};

const keyRows = [
  '  README.md has a tour from here. Private keys that the simulated Klaviyo knows:',
  ...accounts.map(({ name, privateKeys: [{ key }] }) => `    ${key.padEnd(16)}${name}`),
];

const linkRows = async (local: LocalStage) => [
  '  To connect an account of the simulated Klaviyo by OAuth, open this link (it works once, for 30 minutes):',
  `    ${await prepareConnection(local, 'second')}`,
];

/** What the last page of `npm start` says. */
export const whereaboutsOf = async (
  local: LocalStage,
  { isSimulated }: Simulation,
): Promise<string> => {
  const { environment, publicUrl, notRun } = local.aws;
  const exports = Object.entries(environment).map(([name, value]) => `    export ${name}=${value}`);
  const kinds = [...new Set(notRun.map(({ type }) => type))].sort();
  return [
    'Everything stays up; Ctrl-C ends it. Go on in a second terminal, in this folder:',
    '',
    `    npm run bridge -- status --stage ${stage}`,
    '',
    ...(isSimulated
      ? [...keyRows, ...(await linkRows(local))]
      : ['  Connections that are added there call the real Klaviyo.']),
    '  For the AWS SDKs, and the AWS CLI from 2.15 on:',
    ...exports,
    `    export CUSTOMERS_QUEUE_URL=${local.outputs.CustomersQueueUrl}`,
    '  Other addresses:',
    ...(isSimulated ? [`    simulated Klaviyo   ${local.klaviyo.url}`] : []),
    `    HTTP API            ${publicUrl}`,
    `  In the templates, but not run here: ${kinds.join(', ')}.`,
  ].join('\n');
};
