/**
 * The thread in which dynalite runs. dynalite throws on input that it did not expect, some of it
 * out of the call's stack: here each such error becomes the answer to the request that caused it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { parentPort } from 'node:worker_threads';
import dynalite from 'dynalite';
import type { TableReply, TableRequest } from './table-request.ts';

const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
const current = new AsyncLocalStorage<(error: unknown) => void>();

/** The host has checked the caller; dynalite wants to see a signature all the same. */
const signature = {
  'content-type': 'application/x-amz-json-1.0',
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none',
  'x-amz-date': '20200101T000000Z',
};

const answer = ({ id, operation, body }: TableRequest, reply: (answer: TableReply) => void) => {
  const incoming = Object.assign(new EventEmitter(), {
    method: 'POST',
    url: '/',
    headers: { ...signature, 'x-amz-target': `DynamoDB_20120810.${operation}` },
  });
  const outgoing = {
    statusCode: 200,
    setHeader: () => {},
    end: (text: string) => reply({ id, statusCode: outgoing.statusCode, body: text }),
  };
  const fail = (error: unknown) => {
    const message = `dynalite cannot take this request: ${String(error)}`;
    const text = JSON.stringify({
      __type: 'com.amazon.coral.validate#ValidationException',
      message,
    });
    reply({ id, statusCode: 400, body: text });
  };
  current.run(fail, () => {
    try {
      server.emit('request', incoming, outgoing);
      incoming.emit('data', Buffer.from(body));
      incoming.emit('end');
    } catch (error) {
      fail(error);
    }
  });
};

process.on('uncaughtException', (error) => current.getStore()?.(error));
parentPort?.on('message', (request: TableRequest) =>
  answer(request, (reply) => parentPort?.postMessage(reply)),
);
