import { gone, invalid, missing } from './api-error.ts';

/**
 * Klaviyo's API revisions, oldest first. Each is served for two years from its date. Of 2026-10-15
 * no specification is at hand: it follows 2026-07-15, but for the attributes that are known.
 */
const revisions = [
  '2023-10-15',
  '2023-12-15',
  '2024-02-15',
  '2024-05-15',
  '2024-06-15',
  '2024-07-15',
  '2024-10-15',
  '2025-01-15',
  '2025-04-15',
  '2025-07-15',
  '2025-10-15',
  '2026-01-15',
  '2026-04-15',
  '2026-07-15',
  '2026-10-15',
] as const;

const newest = '2026-10-15';
/** From here on only dates that were published are valid; an older one means the last before it. */
const exactSince = '2024-02-15';

export interface ServedRevision {
  /** The date of the header: limits and the presence of endpoints follow it. */
  readonly named: string;
  /** The revision whose rules the request and the answer follow. */
  readonly served: string;
}

const retiresAtMs = (revision: string): number => {
  const retirement = new Date(`${revision}T00:00:00Z`);
  return retirement.setUTCFullYear(retirement.getUTCFullYear() + 2);
};

/**
 * The revision that answers a request. A retired one falls forward to the oldest that is still
 * served, where it may.
 * @throws ApiError 400, 404 or 410
 */
export const resolveRevision = (
  header: string | undefined,
  mayFallForward: boolean,
  nowMs: number,
): ServedRevision => {
  const named = /^(\d{4}-\d{2}-\d{2})(\.[a-z-]+)?$/.exec(header ?? '')?.[1];
  if (named === undefined || Number.isNaN(Date.parse(named))) {
    throw invalid('The revision header must be a date in the form YYYY-MM-DD.', {
      pointer: '/data/',
    });
  }
  if (Date.parse(named) > nowMs) throw missing('Unable to specify a future revision date.');
  const listed = revisions.findLast((revision) => revision <= named) ?? revisions[0];
  if (named >= exactSince && listed !== named) {
    throw missing(`Revision ${named} was never published.`);
  }
  const served = revisions.filter((revision) => retiresAtMs(revision) > nowMs);
  const oldest = served[0] ?? newest;
  if (named >= revisions[0] && listed >= oldest) return { named, served: listed };
  if (!mayFallForward) throw gone(named);
  return { named, served: oldest };
};
