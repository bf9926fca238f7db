import * as z from 'zod';
import { requiredIf, since } from '../body-validation.ts';

const text = z.string().nullable().optional();
const never = z.never().optional();

/** The tokens of a push channel are not looked at. */
const tokens = z.array(z.looseObject({})).nullable();

/** The channels that a revision knows, each with `marketing` and what else it has. */
const channelsOf = (served: string, state: 'SUBSCRIBED' | 'UNSUBSCRIBED') => {
  const subscribes = state === 'SUBSCRIBED';
  const plain = z.strictObject({ consent: z.literal(state) });
  const time = subscribes ? since(served, '2023-12-15', z.string().nullable()) : never;
  const consent = z.strictObject({ consent: z.literal(state), consented_at: time });
  const whatsapp = z.strictObject({
    marketing: consent.optional(),
    transactional: consent.optional(),
    conversational: subscribes ? never : plain.optional(),
  });
  const push = z.strictObject({
    marketing: consent,
    tokens: requiredIf(!subscribes, tokens),
    anonymous_id: subscribes ? text : never,
  });
  return z.strictObject({
    email: z
      .strictObject({
        marketing: requiredIf(served < '2026-04-15', consent),
        open_tracking: since(served, '2026-04-15', plain),
      })
      .optional(),
    sms: z
      .strictObject({
        marketing: requiredIf(served < '2024-10-15', consent),
        transactional: since(served, '2024-10-15', consent),
      })
      .optional(),
    whatsapp: since(served, '2025-07-15', whatsapp),
    push: since(served, '2026-01-15', push),
  });
};

interface Marketing {
  readonly consent: string;
  readonly consented_at?: string | null | undefined;
}

/** `relationships.list`: only the first revision insists on one. */
const listRelationship = (served: string, required: boolean) => {
  const data = z.strictObject({ type: z.literal('list'), id: z.string() });
  const list = z.strictObject({ data: requiredIf(served < '2024-05-15', data) });
  return requiredIf(required, z.strictObject({ list: requiredIf(required, list) }));
};

const rowsOf = <Row extends z.ZodType>(row: Row) => z.strictObject({ data: z.array(row).min(1) });

/** What a subscribe request may hold. */
export const subscribeBody = (served: string) =>
  z.strictObject({
    data: z.strictObject({
      type: z.literal('profile-subscription-bulk-create-job'),
      attributes: z.strictObject({
        custom_source: text,
        historical_import: since(served, '2024-07-15', z.boolean().nullable()),
        profiles: rowsOf(
          z.strictObject({
            type: z.literal('profile'),
            id: text,
            attributes: z.strictObject({
              email: text,
              phone_number: text,
              subscriptions: requiredIf(served >= '2025-01-15', channelsOf(served, 'SUBSCRIBED')),
              age_gated_date_of_birth: since(served, '2024-05-15', z.string().nullable()),
            }),
          }),
        ),
      }),
      relationships: listRelationship(served, served < '2023-12-15'),
    }),
  });

/** What an unsubscribe request may hold. */
export const unsubscribeBody = (served: string) => {
  const subscriptions = channelsOf(served, 'UNSUBSCRIBED');
  return z.strictObject({
    data: z.strictObject({
      type: z.literal('profile-subscription-bulk-delete-job'),
      attributes: z.strictObject({
        profiles: rowsOf(
          z.strictObject({
            type: z.literal('profile'),
            attributes: z.strictObject({
              email: text,
              phone_number: text,
              subscriptions:
                served >= '2025-01-15'
                  ? requiredIf(true, subscriptions)
                  : since(served, '2024-10-15', subscriptions),
            }),
          }),
        ),
      }),
      relationships: listRelationship(served, false),
    }),
  });
};

/** One person of a request, as far as the simulator looks at it. */
export interface Row {
  readonly id?: string | null | undefined;
  readonly attributes: {
    readonly email?: string | null | undefined;
    readonly phone_number?: string | null | undefined;
    readonly age_gated_date_of_birth?: string | null | undefined;
    readonly subscriptions?:
      | {
          readonly email?: { readonly marketing?: Marketing | undefined } | undefined;
          readonly sms?: { readonly marketing?: Marketing | undefined } | undefined;
        }
      | undefined;
  };
}
