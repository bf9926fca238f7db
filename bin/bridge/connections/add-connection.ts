/** `bridge connections add`: nothing is stored before Klaviyo has taken the key. */
import {
  type ConnectionDefaults,
  type ConnectionSettings,
  memoryKeyOf,
} from '../../../shared/connections/contract.ts';
import { isAllowedUrl, isPlainUrl, isRetired, retiresOn } from '../../../shared/klaviyo/index.ts';
import type { Call } from '../command.ts';
import { explainError } from '../explain-error.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import { type OpenedStage, openStage } from '../open-stage.ts';
import type { Terminal } from '../terminal.ts';
import { accountOf, type PrivateKeyOptions, readPrivateKey } from './private-key.ts';
import { changeSettings, type SettingChange } from './setting-changes.ts';

export interface AddOptions extends PrivateKeyOptions {
  readonly oauth?: boolean;
  readonly revision?: string;
  readonly apiUrl?: string;
  readonly throttleShare?: string;
  readonly maxInFlight?: string;
  readonly set?: readonly SettingChange[];
}

const numeric = (text: string | undefined) => (text === undefined ? undefined : Number(text));

const newSettings = (
  connectionId: string,
  options: AddOptions,
  defaults: ConnectionDefaults = {},
): ConnectionSettings => {
  const byKey = {
    revision: options.revision,
    apiUrl: options.apiUrl,
    'throttle.share': numeric(options.throttleShare),
    'throttle.maxInFlight': numeric(options.maxInFlight),
  };
  const named = Object.entries(byKey).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value }],
  );
  const auth = options.oauth ? 'oauth' : 'private_key';
  const status = options.oauth ? 'needs_authorisation' : 'connected';
  const changes = [...named, ...(options.set ?? [])];
  return changeSettings({ ...defaults, connectionId, auth, status }, changes, defaults);
};

/** @throws UsageFailure when credentials would go to another API, and the stage allows none. */
export const requireAllowedUrl = (
  { allowAnyApiUrl, resources }: OpenedStage,
  { apiUrl }: ConnectionSettings,
): void => {
  if (!isPlainUrl(apiUrl))
    throw new UsageFailure('apiUrl: must be an address without user, query and fragment');
  if (isAllowedUrl(apiUrl, allowAnyApiUrl)) return;
  throw new UsageFailure(
    `${apiUrl} is not Klaviyo: stage ${resources.stage} sends credentials nowhere else`,
  );
};

/** @throws UsageFailure for a day to come: Klaviyo answers 404 to every call that names one. */
export const requireReleased = ({ revision }: ConnectionSettings): void => {
  if (revision.slice(0, 10) > new Date().toISOString().slice(0, 10))
    throw new UsageFailure(`revision ${revision} is a day to come: name one that is released`);
};

/** A stage with a Klaviyo of its own works with that one. */
const withApiOf = (
  stage: OpenedStage,
  settings: ConnectionSettings,
  { apiUrl, set = [] }: AddOptions,
): ConnectionSettings => {
  const isNamed = apiUrl !== undefined || set.some(({ key }) => key === 'apiUrl');
  return isNamed || stage.apiUrl === undefined ? settings : { ...settings, apiUrl: stage.apiUrl };
};

/** Two connections to one account share its limits, and the poll publishes its changes twice. */
const tellOfOthers = async (
  { connections }: OpenedStage,
  terminal: Terminal,
  { connectionId, accountId }: ConnectionSettings,
): Promise<void> => {
  for await (const other of connections.list())
    if (other.accountId === accountId && other.connectionId !== connectionId)
      terminal.note(`account ${accountId} is connected as ${other.connectionId} too`);
};

const store = async (
  { tokens, connections, forgetting }: OpenedStage,
  settings: ConnectionSettings,
  privateKey: string,
): Promise<void> => {
  const { connectionId } = settings;
  // Of the same account again: what is still remembered of it is true.
  await forgetting.cancel(memoryKeyOf(settings));
  await tokens.credentials.write(connectionId, { kind: 'private_key', privateKey });
  await connections.write(settings).catch((error: unknown) => {
    const done = `the key of ${connectionId} is stored, its settings are not`;
    throw new CommandFailure(`${done}: ${explainError(error).line}; run the same command again`);
  });
};

/** What a retired revision means, once and where it is chosen. */
export const tellOfRetirement = (terminal: Terminal, revision: string): void => {
  if (isRetired(revision, new Date()))
    terminal.note(
      `Klaviyo retired revision ${revision} on ${retiresOn(revision)} and serves it as a newer one`,
    );
};

export const addConnection = async ({ args, options, terminal }: Call<AddOptions>) => {
  const connectionId = String(args[0]);
  requireReleased(newSettings(connectionId, options)); // what is wrong with them is said before anything is asked
  if (options.oauth && options.privateKeyStdin)
    throw new UsageFailure('it is either --oauth or --private-key-stdin');
  const stage = await openStage(options);
  const wanted = newSettings(connectionId, options, stage.resources.connectionDefaults);
  const settings = withApiOf(stage, wanted, options);
  requireAllowedUrl(stage, settings);
  if ((await stage.connections.read(connectionId)) !== undefined)
    throw new CommandFailure(
      `there is a connection ${connectionId} already: change it with \`bridge connections set\` or \`set-key\``,
    );
  if (options.oauth) {
    await stage.connections.write(settings);
    terminal.result(settings, () =>
      terminal.line(`added ${connectionId}; connect it with \`bridge connect ${connectionId}\``),
    );
    return;
  }
  const key = await readPrivateKey(terminal, options);
  const { accountId, name } = await accountOf(stage, settings, key);
  const added = { ...settings, accountId };
  await store(stage, added, key);
  const of = name === undefined ? '' : ` (${name})`;
  terminal.result(added, () =>
    terminal.line(`added ${connectionId}: Klaviyo account ${accountId}${of}`),
  );
  tellOfRetirement(terminal, settings.revision);
  await tellOfOthers(stage, terminal, added);
};
