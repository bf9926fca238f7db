/** A DynamoDB in front of DynamoDB that counts the items which are read and written. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ItemCounts {
  readonly reads: number;
  readonly writes: number;
}

export interface CountingProxy extends AsyncDisposable {
  readonly url: string;
  forwardTo(endpoint: string): void;
  /** By what the table holds: `links`, `quotas`, `connections`. Begins anew. */
  take(): ReadonlyMap<string, ItemCounts>;
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const writes = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);
const reads = new Set(['GetItem', 'Query', 'Scan']);

interface Request {
  readonly TableName?: string;
  readonly RequestItems?: Record<
    string,
    readonly unknown[] | { readonly Keys: readonly unknown[] }
  >;
}

/** The items that a request touches, by table. */
const touched = (operation: string, body: Request): [string, ItemCounts][] => {
  if (writes.has(operation)) return [[body.TableName ?? '', { reads: 0, writes: 1 }]];
  if (reads.has(operation)) return [[body.TableName ?? '', { reads: 1, writes: 0 }]];
  if (!operation.startsWith('Batch')) throw new Error(`${operation} is not counted`);
  return Object.entries(body.RequestItems ?? {}).map(([table, items]) => [
    table,
    'Keys' in items ? { reads: items.Keys.length, writes: 0 } : { reads: 0, writes: items.length },
  ]);
};

const kinds = ['connections', 'links', 'quotas'];
const kindOf = (table: string) => kinds.find((kind) => table.toLowerCase().includes(kind)) ?? table;

export const startCountingProxy = async (): Promise<CountingProxy> => {
  let target = '';
  let counts = new Map<string, ItemCounts>();
  const count = (operation: string, body: Buffer) => {
    for (const [table, added] of touched(operation, JSON.parse(body.toString()) as Request)) {
      const before = counts.get(kindOf(table)) ?? { reads: 0, writes: 0 };
      counts.set(kindOf(table), {
        reads: before.reads + added.reads,
        writes: before.writes + added.writes,
      });
    }
  };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const { 'x-amz-target': operation = '', authorization = '' } = request.headers;
    count(String(operation).split('.')[1] ?? '', body);
    const reply = await fetch(target, {
      method: 'POST',
      headers: {
        authorization,
        'x-amz-target': String(operation),
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-date': String(request.headers['x-amz-date']),
      },
      body: new Uint8Array(body),
    });
    const headers = ['content-type', 'x-amzn-requestid', 'x-amzn-errortype', 'x-amz-crc32'];
    for (const name of headers) {
      const value = reply.headers.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    response.writeHead(reply.status).end(Buffer.from(await reply.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    forwardTo(endpoint) {
      target = endpoint;
    },
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
