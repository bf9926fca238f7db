import type { Call } from '../command.ts';
import { untilInterrupted } from '../interruption.ts';
import { jsonSource, withInput } from './job-source.ts';
import { type SendOptions, sendFrom } from './send-from.ts';

export const sendFile = (call: Call<SendOptions>): Promise<void> =>
  untilInterrupted((signal) =>
    withInput(String(call.args[0]), signal, (file) => sendFrom(jsonSource(file), call, signal)),
  );
