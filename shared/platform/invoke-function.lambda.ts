/** Calls a Lambda function and waits for its answer. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { clientOptions } from './clients.aws.ts';

export type InvocationResult =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly errorName: string; readonly errorMessage: string };

/** Longer than any function of ours runs. */
const requestTimeoutMs = 90_000;

const clientOf = () =>
  // An invocation that timed out here may still be running there: it is not repeated.
  new LambdaClient({ ...clientOptions({ requestTimeoutMs }), maxAttempts: 1 });

export const createInvokeFunction =
  (client: Pick<LambdaClient, 'send'> = clientOf()) =>
  async (functionName: string, payload: unknown): Promise<InvocationResult> => {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }),
    );
    const text = Payload?.transformToString() ?? '';
    const value: unknown = text === '' ? null : JSON.parse(text);
    if (FunctionError === undefined) return { kind: 'returned', value };
    const { errorType = FunctionError, errorMessage = '' } = value as Record<string, string>;
    return { kind: 'failed', errorName: errorType, errorMessage };
  };
