/** HTTP servers on 127.0.0.1 that end when they are told to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoopbackServer {
  readonly port: number;
  /** Ends at once: requests that wait for an answer are cut off. */
  close(): Promise<void>;
}

/** @param port 0 for any that is free. */
export const startLoopbackServer = async (
  port: number,
  listener: RequestListener,
): Promise<LoopbackServer> => {
  // Never the first to hang up: the client may just be sending its next request.
  const server = createServer({ keepAliveTimeout: 0 }, listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

/** The whole body, or nothing when it is larger than that. */
export const readBody = async (
  incoming: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
