/** `bridge dead-letters redrive`. */
import { createQueuePublisher } from '../../../shared/jobs/queue-publisher.sqs.ts';
import type { Call } from '../command.ts';
import { shownNumber } from '../counted.ts';
import { CommandFailure } from '../failure.ts';
import { untilInterrupted } from '../interruption.ts';
import { type LetterOptions, openLetters, requireNamed } from './open-letters.ts';
import { redriveLetters } from './redrive-letters.ts';

export const redrive = (call: Call<LetterOptions>): Promise<void> =>
  untilInterrupted(async (signal) => {
    const { options, terminal } = call;
    const opened = await openLetters(call);
    const { clients, resources } = opened.stage;
    const result = await redriveLetters({
      ...opened,
      signal,
      limit: options.limit ?? Number.POSITIVE_INFINITY,
      publisherFor: (queue, onError) =>
        createQueuePublisher({
          client: clients.sqs,
          queueUrl: resources.queues[queue].url,
          onError,
        }),
    });
    const { sentBack, left, notDeleted, brokenOff } = result;
    const isNone = Object.keys(sentBack).length + Object.keys(left).length === 0;
    terminal.result(result, () => {
      const counts = Object.entries(sentBack).map(
        ([queue, count]) => `${queue} ${shownNumber(count)}`,
      );
      terminal.line(
        counts.length === 0 ? 'nothing was sent back' : `sent back: ${counts.join(', ')}`,
      );
      for (const [why, count] of Object.entries(left))
        terminal.line(`left ${shownNumber(count)}: it ${why}`);
    });
    if (brokenOff !== undefined)
      throw new CommandFailure(
        `${brokenOff}; the rest is where it was, or is back within 5 minutes`,
      );
    if (isNone && !signal.aborted) requireNamed(opened.filter);
    if (notDeleted > 0)
      throw new CommandFailure(
        `${notDeleted} of those sent back could not be deleted here: drop them, or redrive them again (twice does no harm)`,
      );
    if (signal.aborted) throw new CommandFailure('interrupted: the rest is where it was');
    if (Object.keys(left).length > 0)
      throw new CommandFailure(
        'not all of them could be sent back: correct those left (`dead-letters show --body`), send them, then drop them here',
      );
  });
