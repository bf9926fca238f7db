/** How a connection's settings are shown. */
import type { ConnectionSettings } from '../../../shared/connections/contract.ts';
import { isRetired, retiresOn } from '../../../shared/klaviyo/index.ts';
import type { Cell } from '../terminal.ts';

const dayMs = 86_400_000;
/** The alarm's own notice. */
const soonMs = 60 * dayMs;

/** A revision and the day on which Klaviyo retires it, louder as that comes near. */
export const shownRevision = (revision: string, now: Date): Cell => {
  const day = retiresOn(revision);
  if (isRetired(revision, now)) return { text: `${revision} (retired ${day})`, style: 'yellow' };
  const text = `${revision} (until ${day})`;
  return isRetired(revision, new Date(now.getTime() + soonMs)) ? { text, style: 'yellow' } : text;
};

const statusStyles = { connected: 'green', paused: 'yellow', needs_authorisation: 'red' } as const;

export const shownStatus = ({ status }: Pick<ConnectionSettings, 'status'>): Cell => ({
  text: status,
  style: statusStyles[status],
});
