import type { Customer } from '../../shared/contracts/messages.ts';
import type { ProfileAttributes } from '../../shared/klaviyo/index.ts';

/**
 * A customer in Klaviyo's terms: what is absent stays absent, `null` stays `null`. The customer's
 * own id becomes the external id unless the source names another.
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
    location,
    properties,
  };
};
