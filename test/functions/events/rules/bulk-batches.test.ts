import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bulkBytes,
  type EventGroup,
  toBulkBatches,
} from '../../../../functions/events/rules/bulk-batches.ts';
import type { TrackedEvent } from '../../../../functions/events/rules/tracked-event.ts';
import { maxBulkJobBytes, maxEventsPerBulkJob } from '../../../../shared/klaviyo/index.ts';

const bytesOf = bulkBytes('2026-07-15', new Date('2026-11-23T00:00:00Z'));

/** The n-th event, of one of so many people, with so much text. */
const trackedOf = (n: number, person: number, characters: number): TrackedEvent => ({
  from: { connectionId: 'acme', messageId: `job-${n}` },
  returning: false,
  person: { attributes: { email: `person${person}@example.com` } },
  event: {
    metric: 'Viewed Product',
    uniqueId: String(n),
    time: '2026-11-01T12:00:00Z',
    properties: { text: '€'.repeat(characters) },
  },
});

/** Batches of any size: few or many people, small events with large ones among them. */
const batches = fc
  .record({
    sizes: fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.nat({ max: 40 }) },
        { weight: 1, arbitrary: fc.integer({ min: 20_000, max: 33_000 }) },
      ),
      { maxLength: 1_400, size: 'max' },
    ),
    people: fc.integer({ min: 1, max: 500 }),
  })
  .map(({ sizes, people }) => sizes.map((size, n) => trackedOf(n, (n * 7) % people, size)));

const eventsOf = (groups: readonly EventGroup[]) => groups.flatMap(({ events }) => events);

describe('bulk requests', () => {
  test('never hold more than 1,000 events or 5 MB, lose nothing, and hold nothing twice', () => {
    fc.assert(
      fc.property(batches, (events) => {
        const requests = toBulkBatches(events, bytesOf);
        for (const groups of requests) {
          expect(eventsOf(groups).length).toBeLessThanOrEqual(maxEventsPerBulkJob);
          expect(bytesOf(groups)).toBeLessThanOrEqual(maxBulkJobBytes);
        }
        const sent = requests.flatMap(eventsOf);
        expect(sent.length).toBe(events.length);
        expect(new Set(sent)).toEqual(new Set(events));
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  test('hold the events of a profile together, in their order', () => {
    fc.assert(
      fc.property(batches, (events) => {
        for (const groups of toBulkBatches(events, bytesOf)) {
          const emails = groups.map(({ profile }) => profile.attributes.email);
          expect(new Set(emails).size).toBe(emails.length);
          for (const { profile, events: ofProfile } of groups) {
            const numbers = ofProfile.map(({ event }) => Number(event.uniqueId));
            expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
            for (const { person } of ofProfile)
              expect(person.attributes.email).toBe(profile.attributes.email);
          }
        }
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });

  test('are as few as the caps allow where the events are small', () => {
    const events = Array.from({ length: 2_500 }, (_, n) => trackedOf(n, n, 0));
    expect(toBulkBatches(events, bytesOf).map((groups) => eventsOf(groups).length)).toEqual([
      1_000, 1_000, 500,
    ]);
  });

  test('hold 5 MB to the byte, and not one byte more', () => {
    const events = Array.from({ length: 900 }, (_, n) => trackedOf(n, n, 1_700));
    const [groups = []] = toBulkBatches(events, bytesOf);
    const last = events.pop() as TrackedEvent;
    const filled = (more: number): TrackedEvent => {
      const padding = 'x'.repeat(maxBulkJobBytes - bytesOf(groups) + more);
      const properties = { text: `${last.event.properties.text}${padding}` };
      return { ...last, event: { ...last.event, properties } };
    };
    expect(toBulkBatches([...events, filled(0)], bytesOf).map(bytesOf)).toEqual([maxBulkJobBytes]);
    expect(toBulkBatches([...events, filled(1)], bytesOf).length).toBe(2);
  });

  test('take an event that is too large by itself alone: Klaviyo will say so', () => {
    const events = [trackedOf(1, 1, 0), trackedOf(2, 2, 2_000_000), trackedOf(3, 3, 0)];
    const sizes = toBulkBatches(events, bytesOf).map((groups) => eventsOf(groups).length);
    expect(sizes.toSorted()).toEqual([1, 1, 1]);
  });
});
