/** `bridge poll`: what comes of it is on the queue `inbound`. */
import * as z from 'zod';
import { createInvokeFunction } from '../../../shared/platform/invoke-function.lambda.ts';
import type { Call } from '../command.ts';
import { counted } from '../counted.ts';
import { CommandFailure, noSuchConnection, UsageFailure } from '../failure.ts';
import { openStage } from '../open-stage.ts';

/** The poll's own limit. */
const maxProfileIds = 1_000;

/** What the poll function answers: of a scan, or of profiles that were named. */
const answer = z.object({
  published: z.number(),
  skipped: z.number().optional(),
  echoes: z.number().optional(),
  due: z.number().optional(),
  finished: z.number().optional(),
  failed: z.number().optional(),
  unknownProfileIds: z.array(z.string()).optional(),
});

type Answer = z.output<typeof answer>;

const describe = (connectionId: string, result: Answer): string => {
  const { published, skipped, echoes, finished } = result;
  if (finished === undefined)
    return `published ${counted(published, 'profile')} of ${connectionId}`;
  const rest = `${skipped} known, ${echoes} of our own making`;
  const end = finished > 0 ? '' : '; there is more to read: the next run goes on';
  return `published ${counted(published, 'changed profile')} of ${connectionId} (${rest})${end}`;
};

const invoke = async (functionName: string, payload: unknown): Promise<Answer> => {
  const result = await createInvokeFunction()(functionName, payload).catch((error: Error) => {
    if (error.name !== 'TooManyRequestsException') throw error;
    throw new CommandFailure('a run of the poll is going on: try again in a minute');
  });
  if (result.kind === 'failed')
    throw new CommandFailure(`the poll failed: ${result.errorName}: ${result.errorMessage}`);
  return answer.parse(result.value);
};

export const runPoll = async ({ args, options, terminal }: Call) => {
  const connectionId = String(args[0]);
  const profileIds = (args[1] ?? []) as readonly string[];
  if (profileIds.length > maxProfileIds)
    throw new UsageFailure(`${profileIds.length} profiles are too many for one run: name 1,000`);
  const { connections, resources } = await openStage(options);
  const settings = await connections.read(connectionId);
  if (settings === undefined) throw noSuchConnection(connectionId, options.stage);
  if (settings.status !== 'connected')
    throw new CommandFailure(`${connectionId} is ${settings.status}: it is not polled`);
  const named = profileIds.length > 0 ? { connectionId, profileIds } : { connectionId };
  const result = await invoke(resources.pollFunction, named);
  terminal.result({ connectionId, ...result }, () => terminal.line(describe(connectionId, result)));
  const { unknownProfileIds = [], failed = 0 } = result;
  if (unknownProfileIds.length > 0)
    throw new CommandFailure(`Klaviyo has no such profiles: ${unknownProfileIds.join(', ')}`);
  if (failed > 0) throw new CommandFailure("the scan failed: the poll function's log says why");
};
