/** `bridge status`: everything at one look. */
import type { Call } from '../command.ts';
import { untilInterrupted } from '../interruption.ts';
import { openStage } from '../open-stage.ts';
import type { Cell, Terminal } from '../terminal.ts';
import { connectionRow, readConnections } from './read-connections.ts';
import { forgettingRow, readForgetting, readWithheld, withheldRow } from './read-memory.ts';
import { permitRow, readPermits } from './read-permits.ts';
import { queueRow, readQueues, readReasons } from './read-queues.ts';

export interface StatusOptions {
  readonly reasons: boolean;
}

const section = (
  terminal: Terminal,
  title: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): void => {
  terminal.heading(title);
  if (rows.length === 0) terminal.line('none');
  else terminal.table(columns, rows);
  terminal.line('');
};

const readStatus = async ({ options, terminal }: Call<StatusOptions>, signal: AbortSignal) => {
  const stage = await openStage(options);
  const now = new Date();
  const [connections, queues, permits] = await Promise.all([
    readConnections(stage, terminal, now),
    readQueues(stage, now.getTime()),
    readPermits(stage, now.getTime()),
  ]);
  const [withheld, forgetting] = await Promise.all([
    readWithheld(stage, connections),
    readForgetting(stage),
  ]);
  const reasons = options.reasons ? await readReasons(stage, queues, signal) : [];
  const at = now.toISOString();
  return { stage: options.stage, at, connections, queues, reasons, withheld, forgetting, permits };
};

export const showStatus = (call: Call<StatusOptions>): Promise<void> =>
  untilInterrupted(async (signal) => {
    const { options, terminal } = call;
    const status = await readStatus(call, signal);
    const now = new Date(status.at);
    terminal.result(status, () => {
      section(
        terminal,
        'Connections',
        ['connection', 'status', 'auth', 'account', 'revision', 'poll lag'],
        status.connections.map((one) => connectionRow(one, now)),
      );
      section(
        terminal,
        'Queues',
        ['queue', 'waiting', 'in flight', 'delayed', 'oldest', 'dead letters'],
        status.queues.map(queueRow),
      );
      if (options.reasons)
        section(
          terminal,
          'Dead letters, by the reason of the first 100 of each queue',
          ['queue', 'reason', 'count'],
          status.reasons.map(({ queue, reason, count }) => [queue, reason, String(count)]),
        );
      if (status.withheld.length > 0)
        section(
          terminal,
          'Customers with identifiers that Klaviyo has not: see `bridge withheld`',
          ['connection', 'customers'],
          status.withheld.map(withheldRow),
        );
      if (status.forgetting.length > 0)
        section(
          terminal,
          'Accounts that are being forgotten',
          ['connection', 'account', 'asked at', 'items so far'],
          status.forgetting.map(forgettingRow),
        );
      section(
        terminal,
        'Permits of the last minute',
        ['account', 'endpoint', 'used', 'blocked until'],
        status.permits.map(permitRow),
      );
    });
  });
