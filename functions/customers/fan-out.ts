/** The list jobs that a customer job asks for. */
import type { CustomerUpsert, ListsMessage } from '../../shared/contracts/messages.ts';

/**
 * One list job per list joined or left. With `subscribe`, joining is subscribing, and without a
 * list the subscription is account-wide; without it, joining grants no consent.
 */
export const toListJobs = (
  { connectionId, customer, subscribe = false, dateOfBirth, lists }: CustomerUpsert,
  profileId: string | undefined,
): ListsMessage[] => {
  const { customerId, email, phoneNumber } = customer;
  const person = {
    customerId,
    ...(profileId === undefined ? {} : { profileId }),
    ...(email ? { email } : {}),
    ...(phoneNumber ? { phoneNumber } : {}),
  };
  const job = { connectionId, person };
  const { join = [], leave = [] } = lists ?? {};
  const subscriptions: ListsMessage[] =
    subscribe !== false
      ? (join.length > 0 ? join : [undefined]).map((list) => ({
          ...job,
          type: 'list.subscribe',
          ...(subscribe === true ? {} : { channels: subscribe }),
          ...(dateOfBirth === undefined ? {} : { dateOfBirth }),
          ...(list === undefined ? {} : { list }),
        }))
      : join.map((list) => ({ ...job, type: 'list.add', list }));
  return [
    ...subscriptions,
    ...leave.map((list) => ({ ...job, type: 'list.remove' as const, list })),
  ];
};
