import type { Sighting, Sightings } from '../../shared/people/see-profiles.ts';

/** Sightings in memory, of one connection. */
export const createMemorySightings = (seenAtMs: Readonly<Record<string, number>> = {}) => {
  const seen = new Map<string, Sighting>(
    Object.entries(seenAtMs).map(([id, atMs]) => [id, { seenAtMs: atMs }]),
  );
  const sightings: Sightings = {
    recall: async (_, ids) =>
      new Map(ids.flatMap((id) => (seen.has(id) ? [[id, seen.get(id) as Sighting]] : []))),
    async remember(_, news) {
      for (const [id, sighting] of news) seen.set(id, sighting);
    },
  };
  return { sightings, seen };
};
