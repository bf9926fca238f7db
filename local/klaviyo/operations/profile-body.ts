import * as z from 'zod';
import { since } from '../body-validation.ts';

const text = z.string().nullable().optional();
const coordinate = z.union([z.string(), z.number()]).nullable().optional();
const bag = z.record(z.string(), z.unknown());

const location = z.strictObject({
  address1: text,
  address2: text,
  city: text,
  country: text,
  latitude: coordinate,
  longitude: coordinate,
  region: text,
  zip: text,
  timezone: text,
  ip: text,
});

/** The attributes that every operation takes which writes profiles. */
export const profileAttributes = (served: string) => ({
  email: text,
  phone_number: text,
  external_id: text,
  first_name: text,
  last_name: text,
  organization: text,
  title: text,
  image: text,
  location: location.optional(),
  properties: bag.nullable().optional(),
  locale: since(served, '2024-07-15', z.string().nullable()),
});

/** `meta` of a profile: what is to be added to its properties, or taken away. */
export const patchMeta = (served: string) =>
  z.strictObject({
    patch_properties: z
      .strictObject({
        append: bag.nullable().optional(),
        unappend: bag.nullable().optional(),
        unset: z
          .union([z.string(), z.array(z.string())])
          .nullable()
          .optional(),
      })
      .optional(),
    patch_identifiers: since(
      served,
      '2026-04-15',
      z.strictObject({ append: bag.optional(), unappend: bag.optional() }),
    ),
  });
