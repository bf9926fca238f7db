import type { Account } from '../state/account.ts';
import type { Profile } from '../state/profile.ts';

/** What Klaviyo would predict, here no more than what it has seen: without orders all is null. */
export const predictiveAnalytics = (profile: Profile, account: Account, served: string) => {
  const orders = account.events
    .of(profile.id)
    .filter(({ metric }) => metric.name === 'Placed Order');
  const spent = orders.reduce((sum, { value = 0 }) => sum + value, 0);
  const some = <Value>(value: Value): Value | null => (orders.length > 0 ? value : null);
  return {
    historic_clv: some(spent),
    predicted_clv: some(0),
    total_clv: some(spent),
    historic_number_of_orders: some(orders.length),
    predicted_number_of_orders: some(0),
    average_days_between_orders: null,
    average_order_value: some(spent / orders.length),
    churn_probability: null,
    expected_date_of_next_order: null,
    ...(served >= '2025-07-15' && { ranked_channel_affinity: null }),
    ...(served >= '2026-10-15' && { discount_affinity: null }),
  };
};
