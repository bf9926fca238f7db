import type { Call } from '../command.ts';
import { untilInterrupted } from '../interruption.ts';
import { jsonSource, openInput } from './job-source.ts';
import { type SendOptions, sendFrom } from './send-from.ts';

export const sendFile = (call: Call<SendOptions>): Promise<void> =>
  untilInterrupted(async (signal) => {
    await using file = await openInput(String(call.args[0]), signal);
    await sendFrom(jsonSource(file), call, signal);
  });
