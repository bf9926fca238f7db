/**
 * A Klaviyo that does nothing but enforce both windows, in a process of its own. Started by
 * fleet.ts; says its port, and reports what arrived when it is asked.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { constants, setPriority } from 'node:os';
import { createRateWindows } from '../../local/klaviyo/rate-windows.ts';
import { realNowMs } from '../support/scaled-clock.ts';
import type { LimitedServerOptions, LimitedServerReport } from './fleet-contract.ts';

const { limit, alignment, scale }: LimitedServerOptions = JSON.parse(process.argv[2] ?? '{}');
const windows = createRateWindows({
  limit,
  alignment,
  countRejected: true,
  burstWindowMs: 1_000 / scale,
  steadyWindowMs: 60_000 / scale,
});
const acceptedMs: number[] = [];
const refusedMs: number[] = [];

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(); // to warm up
    return;
  }
  const atMs = realNowMs();
  const verdict = windows.take(atMs);
  (verdict.allowed ? acceptedMs : refusedMs).push(atMs);
  request.resume().on('end', () => {
    if (verdict.allowed) response.writeHead(202).end();
    else {
      // In the time of the fleet, whole seconds as in Klaviyo's header.
      const retryAfter = Math.max(1, Math.ceil((verdict.retryAfterMs * scale) / 1_000));
      response.writeHead(429, { 'retry-after': String(retryAfter) }).end();
    }
  });
});
try {
  // A referee that is held up counts calls together that came apart.
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {
  process.stderr.write('the server runs at normal priority: a busy machine may show as 429s\n');
}
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('message', () => {
  const report: LimitedServerReport = { acceptedMs, refusedMs };
  process.send?.(report);
});
process.on('disconnect', () => process.exit());
