/** HTTP for AWS's clients that ends: the SDK's own limit of time stops at an answer's headers. */
import type { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { withDeadline } from '../klaviyo/index.ts';

/** Far above what any operation of ours answers with: ten messages of SQS have 10 MB. */
const maxAnswerBytes = 32 * 1024 * 1024;
const connectionTimeoutMs = 2_000;

const readAll = async (body: Readable): Promise<Uint8Array> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`AWS answered with over ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

type Handle = NodeHttpHandler['handle'];

/** Reads each answer whole, under one deadline from the request to the last byte. */
export class BoundedHandler extends NodeHttpHandler {
  readonly #requestTimeoutMs: number;

  constructor(requestTimeoutMs: number) {
    // The logger as without one. In a bundle the SDK would give it its silent one, which it knows by
    // its class's name: nobody would learn that the sockets are used up.
    super({ connectionTimeout: connectionTimeoutMs, logger: console });
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const signal = options?.abortSignal as AbortSignal | undefined;
    // What it throws when time is over, the SDK takes for passing by its name, and tries again.
    return withDeadline({ timeoutMs: this.#requestTimeoutMs, signal }, async (abortSignal) => {
      const { response } = await super.handle(request, { ...options, abortSignal });
      response.body = await readAll(response.body);
      return { response };
    });
  }
}
