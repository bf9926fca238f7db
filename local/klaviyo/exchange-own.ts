/** What the simulator has beside Klaviyo's own: the control interface, and pages for people. */
import { accessProblem } from './access.ts';
import { exchangeControl, refuse } from './control/exchange-control.ts';
import type { Control } from './control/operation.ts';
import type { Incoming, Outgoing } from './http-messages.ts';
import { exchangePage } from './pages/exchange-page.ts';
import { stateOf } from './state-counts.ts';

const isControl = (path: string): boolean => /^\/simulator(\/|$)/.test(path);
const isPage = (path: string): boolean => /^\/(accounts\/.*|calls\/?)?$/.test(path);

/** Undefined where it is Klaviyo that is called. */
export const exchangeOwn = (
  control: Control,
  incoming: Incoming,
  simulatorHost: string,
): Outgoing | undefined => {
  const { url, headers } = incoming;
  if (!isControl(url.pathname) && !isPage(url.pathname)) return undefined;
  const problem = accessProblem(headers, simulatorHost);
  if (problem !== undefined) return refuse(403, problem);
  if (isControl(url.pathname)) return exchangeControl(control, incoming);
  const { world, log } = control;
  if (url.pathname !== '/' || !headers.accept?.includes('application/json')) {
    return exchangePage(world, log, incoming);
  }
  const body = JSON.stringify(stateOf(world.accounts, log.counts()));
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
};
