/** Answers that begin as they should, and then take their time. */
import type { ServerResponse } from 'node:http';
import type { Outgoing } from './http-messages.ts';

const betweenBytesMs = 1_000;

/** Sends the headers, then a part of the body: half of it and no more, or a byte each second. */
export const answerSlowly = (
  response: ServerResponse,
  { status, headers, body, pace }: Outgoing,
): void => {
  const bytes = Buffer.from(body.length > 1 ? body : '  ');
  // What has no body by its status would be complete at once.
  const length = { 'content-length': bytes.length };
  response.writeHead(status === 204 ? 202 : status, { ...headers, ...length });
  if (pace === 'half') {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
    return;
  }
  let sent = 0;
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, sent + 1));
    sent += 1;
    if (sent === bytes.length) response.end();
  }, betweenBytesMs);
  response.flushHeaders();
  response.once('close', () => clearInterval(timer));
};
