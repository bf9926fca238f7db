/** How a command fails: one line that says what to do, and an exit code that says whose turn it is. */

export const exitCodes = {
  /** It was done. */
  done: 0,
  /** It could not be done, or not all of it. */
  failure: 1,
  /** The command line itself is wrong: nothing was done. */
  usage: 2,
  /** Ended by Ctrl-C before it had anything to tell. */
  interrupted: 130,
} as const;

/** It could not be done; the message says why and what to do. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';
  readonly exitCode: number = exitCodes.failure;
}

/** The command line is wrong: nothing was done. */
export class UsageFailure extends CommandFailure {
  override readonly name = 'UsageFailure';
  override readonly exitCode = exitCodes.usage;
}

/** No connection has this id. */
export const noSuchConnection = (connectionId: string, stage: string): CommandFailure =>
  new CommandFailure(
    `there is no connection ${connectionId} on stage ${stage}: see \`bridge connections list\`, or make it with \`bridge connections add ${connectionId}\``,
  );
