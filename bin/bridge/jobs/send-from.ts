/** Checks all jobs of a source, then sends them: what `send` and `load` have in common. */
import { createQueuePublisher } from '../../../shared/jobs/queue-publisher.sqs.ts';
import type { Call } from '../command.ts';
import { counted, shownNumber } from '../counted.ts';
import { CommandFailure } from '../failure.ts';
import { type OpenedStage, openStage } from '../open-stage.ts';
import { withProgressBar } from '../progress-bar.ts';
import type { Terminal } from '../terminal.ts';
import type { JobSource } from './job-source.ts';
import { type SendJobsOptions, type Sent, sendJobs } from './send-jobs.ts';
import { openProgress } from './sending-progress.ts';
import { type Survey, surveyJobs } from './survey-jobs.ts';

export interface SendOptions {
  readonly dryRun?: boolean;
  readonly skipBroken?: boolean;
  readonly restart?: boolean;
  readonly maxProblems: number;
}

type SendCall = Call<SendOptions>;

const survey = async (source: JobSource, { options }: SendCall, signal: AbortSignal) => {
  const { maxProblems } = options;
  const size = { total: source.file.bytes, unit: 'MB', perUnit: 1_000_000 };
  return withProgressBar('Checking', size, ({ add: onBytes }) =>
    surveyJobs({ source, maxProblems, signal, onBytes }),
  );
};

const send = async (
  source: JobSource,
  { jobs, fingerprint }: Survey,
  { resources, clients }: OpenedStage,
  { options, terminal }: SendCall,
  signal: AbortSignal,
): Promise<Sent> => {
  const { stage } = resources;
  const sending = { stage, fingerprint };
  const progress = await openProgress(source.file, sending, options.restart === true);
  const { jobsSent } = progress.start;
  if (jobsSent > 0) terminal.note(`going on after the ${counted(jobsSent, 'job')} sent before`);
  const publisherFor: SendJobsOptions['publisherFor'] = (queue, onError) =>
    createQueuePublisher({ client: clients.sqs, queueUrl: resources.queues[queue].url, onError });
  const size = { total: jobs - jobsSent, unit: 'jobs' };
  return withProgressBar('Sending', size, ({ add: onSent }) =>
    sendJobs({ source, progress, signal, onSent, publisherFor }),
  );
};

/** What awaits the jobs there: it is told, and no reason not to send them. */
const tellOfConnections = async (
  { connections }: OpenedStage,
  { byConnection }: Survey,
  terminal: Terminal,
): Promise<void> => {
  for (const [connectionId, jobs] of byConnection) {
    const settings = await connections.read(connectionId);
    if (settings === undefined)
      terminal.note(
        `there is no connection ${connectionId}: until it is added, its ${counted(jobs, 'job')} will become dead letters`,
      );
    else if (settings.status !== 'connected')
      terminal.note(`${connectionId} is ${settings.status}: its ${counted(jobs, 'job')} will wait`);
  }
};

const tellOfBroken = ({ broken, brokenCount }: Survey, terminal: Terminal): void => {
  for (const { line, problem } of broken) terminal.note(`line ${line}: ${problem}`);
  if (brokenCount > broken.length)
    terminal.note(`and ${counted(brokenCount - broken.length, 'more broken line')}`);
};

const resultOf = ({ jobs, brokenCount, broken, byType }: Survey, sent: Sent | undefined) => ({
  jobs,
  byType,
  sent: sent?.jobs ?? 0,
  sentBefore: sent?.before ?? 0,
  byQueue: sent?.byQueue ?? {},
  brokenLines: brokenCount,
  broken,
});

const describe = (survey: Survey, sent: Sent | undefined, terminal: Terminal): void => {
  const counts = Object.entries(sent?.byQueue ?? survey.byType);
  const listed = counts.map(([name, jobs]) => `${name} ${shownNumber(jobs)}`).join(', ');
  terminal.line(
    sent === undefined
      ? `${counted(survey.jobs, 'job')} would be sent: ${listed}`
      : `sent ${counted(sent.jobs, 'job')}: ${listed}`,
  );
  if (survey.brokenCount > 0)
    terminal.line(`left out ${counted(survey.brokenCount, 'broken line')}`);
};

const refusalOf = ({ jobs, brokenCount }: Survey, name: string): string => {
  const them = brokenCount === 1 ? 'it' : 'them';
  const instead =
    jobs === 0 ? '' : `, or send the other ${counted(jobs, 'job')} with --skip-broken`;
  return `${counted(brokenCount, 'line')} of ${name} cannot be sent, so nothing was: correct ${them}${instead}`;
};

/** @throws CommandFailure when nothing, or not everything, was sent. */
export const sendFrom = async (source: JobSource, call: SendCall, signal: AbortSignal) => {
  const { options, terminal } = call;
  const { name } = source.file;
  const found = await survey(source, call, signal);
  tellOfBroken(found, terminal);
  if (found.brokenCount > 0 && !options.skipBroken) {
    if (terminal.asJson) terminal.result(resultOf(found, undefined), () => {});
    throw new CommandFailure(refusalOf(found, name));
  }
  if (found.jobs === 0) throw new CommandFailure(`${name} holds no job that can be sent`);
  let sent: Sent | undefined;
  if (!options.dryRun) {
    const stage = await openStage(options);
    await tellOfConnections(stage, found, terminal);
    sent = await send(source, found, stage, call, signal);
  }
  terminal.result(resultOf(found, sent), () => describe(found, sent, terminal));
};
