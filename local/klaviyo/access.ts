import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

export const isLoopback = (host: string): boolean =>
  /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);

/** The name or address that a caller has asked for, without its port. */
const nameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

/**
 * Why a request may not look at the simulator or change it, if so. A web page of another origin may
 * reach this machine through its reader's browser: it is told by its `Origin`, or, where its name
 * was made to lead to this machine, by that name.
 */
export const accessProblem = (
  headers: IncomingHttpHeaders,
  simulatorHost: string,
): string | undefined => {
  const { host = '', origin, 'sec-fetch-site': site = 'none' } = headers;
  const isOpen = !isLoopback(simulatorHost);
  const isKnown =
    isLoopback(host) ||
    nameOf(host) === simulatorHost.toLowerCase() ||
    (isOpen && isIP(nameOf(host)) !== 0);
  if (!isKnown) return 'this simulator goes by another name: its address, or --host';
  if (origin !== undefined && origin !== `http://${host}`) return 'not for pages of other origins';
  if (site !== 'none' && site !== 'same-origin' && headers['sec-fetch-mode'] !== 'navigate') {
    return 'not for pages of other origins';
  }
  return undefined;
};
