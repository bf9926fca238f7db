/** Query parameters that several operations have which show profiles. */
import { fieldset, subset } from '../query-rules.ts';

export const additionalFields = subset(['subscriptions', 'predictive_analytics']);

export const profileQuery = {
  'additional-fields[profile]': additionalFields,
  'fields[profile]': fieldset('profile'),
} as const;

/** Fields of what a profile may include. */
export const includedFields = {
  'fields[push-token]': fieldset('push-token', { since: '2025-04-15' }),
  'fields[conversation]': fieldset('conversation', { since: '2026-04-15' }),
} as const;

/** What every operation may include that reads profiles, from one revision to the next. */
export const includedAlways = [
  { value: 'push-tokens', since: '2025-04-15' },
  { value: 'conversation', since: '2026-04-15', until: '2026-07-15' },
  { value: 'conversations', since: '2026-07-15' },
] as const;

/** Predictions lower the limit of the collections. */
export const loweredByPredictions = {
  parameter: 'additional-fields[profile]',
  values: ['predictive_analytics'],
  tier: 'M',
} as const;
