/** Events, as they are seeded and as they are shown. */
import * as z from 'zod';
import type { RecordedEvent } from '../../state/event-store.ts';
import { instant, instantText, toText } from './basics.ts';
import { attributes } from './profile-shapes.ts';

const properties = z.record(z.string(), z.unknown());

export const seedEvent = z.strictObject({
  profile: attributes.meta({ description: 'found by its identifiers, or made' }),
  metric: z.string().min(1).max(127),
  time: instant.exactOptional(),
  properties: properties.exactOptional(),
  uniqueId: z.string().min(1).exactOptional(),
  value: z.number().exactOptional(),
  valueCurrency: z.string().length(3).exactOptional(),
});

export const shownEvent = z.strictObject({
  id: z.string(),
  profile: z.string(),
  metric: z.string(),
  time: instantText,
  properties,
  uniqueId: z.string().nullable(),
  value: z.number().nullable(),
  valueCurrency: z.string().nullable(),
});

export const toShownEvent = (event: RecordedEvent): z.output<typeof shownEvent> => {
  const { id, profileId, metric, timeSeconds, properties } = event;
  const { uniqueId = null, value = null, valueCurrency = null } = event;
  return {
    ...{ id, profile: profileId, metric: metric.name },
    time: toText(timeSeconds * 1000),
    properties: { ...properties },
    ...{ uniqueId, value, valueCurrency },
  };
};
