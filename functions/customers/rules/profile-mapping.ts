import type { Customer } from '../../../shared/jobs/contract/messages.ts';
import type { ProfileAttributes } from '../../../shared/klaviyo/index.ts';

/** Klaviyo takes null of each member, and of the location itself in no revision. */
const noLocation = {
  address1: null,
  address2: null,
  city: null,
  country: null,
  region: null,
  zip: null,
  timezone: null,
  ip: null,
  latitude: null,
  longitude: null,
} satisfies Record<keyof NonNullable<Customer['location']>, null>;

/**
 * A customer in Klaviyo's terms: what is absent stays absent, `null` stays `null`; a
 * location that is `null` is cleared member by member. The customer's own id becomes the external
 * id unless the source names another.
 */
export const toProfileAttributes = (customer: Customer): ProfileAttributes => {
  const { customerId, email, phoneNumber, externalId = customerId, firstName, lastName } = customer;
  const { organization, title, image, location, properties } = customer;
  return {
    email,
    phone_number: phoneNumber,
    external_id: externalId,
    first_name: firstName,
    last_name: lastName,
    organization,
    title,
    image,
    location: location === null ? noLocation : location,
    properties,
  };
};
