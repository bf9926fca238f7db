/** Klaviyo's API versions: which are alive, and which rules a request has to meet. */

/** All revisions with the operations of this module, oldest first. */
export const knownRevisions = [
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
] as const;

export interface Revisions {
  /** What the header carries; capabilities such as bulk events follow it. */
  readonly named: string;
  /**
   * Whose rules a body has to meet: a retired revision is served by the oldest that is still
   * supported.
   */
  readonly shape: string;
}

/** The day on which Klaviyo stops serving a revision: two years after its release, as `YYYY-MM-DD`. */
export const retiresOn = (revision: string): string =>
  `${Number(revision.slice(0, 4)) + 2}${revision.slice(4, 10)}`;

export const isRetired = (revision: string, now: Date): boolean =>
  retiresOn(revision) <= now.toISOString().slice(0, 10);

/** The oldest revision that Klaviyo still serves; the newest known one once all are retired. */
const oldestSupported = (now: Date): string =>
  knownRevisions.find((revision) => !isRetired(revision, now)) ?? (knownRevisions.at(-1) as string);

/** Which rules a request that names this revision meets today. */
export const revisionsFor = (named: string, now: Date): Revisions => {
  const oldest = oldestSupported(now);
  return { named, shape: named > oldest ? named : oldest };
};
