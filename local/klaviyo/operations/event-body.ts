import * as z from 'zod';
import { since } from '../body-validation.ts';
import { patchMeta, profileAttributes } from './profile-body.ts';

const text = z.string().nullable().optional();

/** The person of an event. `meta` moved into the attributes with 2024-02-15, except in bulk. */
export const eventProfile = (served: string, bulk: boolean) => {
  const metaInside = !bulk && served >= '2024-02-15';
  const attributes = z.strictObject({
    ...profileAttributes(served),
    anonymous_id: text,
    _kx: text,
    meta: since(metaInside ? '1' : '0', '1', patchMeta(served)),
  });
  return z.strictObject({
    data: z.strictObject({
      type: z.literal('profile'),
      id: text,
      attributes,
      meta: since(metaInside ? '0' : '1', '1', patchMeta(served)),
    }),
  });
};

/** The attributes of an event, without its person. */
export const eventAttributes = (served: string) => ({
  properties: z.record(z.string(), z.unknown()),
  time: text,
  value: z.number().nullable().optional(),
  value_currency: since(served, '2024-02-15', z.string().nullable()),
  unique_id: text,
  backfill: since(served, '2026-04-15', z.boolean().nullable()),
  metric: z.strictObject({
    data: z.strictObject({
      type: z.literal('metric'),
      attributes: z.strictObject({ name: z.string().min(1).max(127), service: text }),
    }),
  }),
});

/** One event as its body has it. */
export interface WireEvent {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly time?: string | null | undefined;
  readonly value?: number | null | undefined;
  readonly value_currency?: string | null | undefined;
  readonly unique_id?: string | null | undefined;
  readonly backfill?: boolean | null | undefined;
  readonly metric: { readonly data: { readonly attributes: { readonly name: string } } };
}

/** The person of an event as its body has it. */
export type WirePerson = z.output<ReturnType<typeof eventProfile>>;
