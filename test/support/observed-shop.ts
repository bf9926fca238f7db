/** What Klaviyo and the dead letters hold in the end, in the terms of the model. */
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { listNames } from './fault-jobs.ts';
import type { ShopState } from './fault-model.ts';
import { type FaultStage, keyOf } from './fault-stage.ts';

const page = z.object({
  data: z.array(
    z.object({
      attributes: z.object({
        email: z.string(),
        subscriptions: z.object({
          email: z.object({
            marketing: z.object({
              consent: z.string(),
              list_suppressions: z.array(z.object({ list_id: z.string() })),
            }),
          }),
          sms: z.object({ marketing: z.object({ consent: z.string() }) }).optional(),
        }),
      }),
    }),
  ),
  links: z.object({ next: z.string().nullish() }),
});

/** The consents as Klaviyo's API shows them, those that lists have lost included. */
const readConsents = async ({ klaviyo }: FaultStage, shop: string) => {
  const lists = klaviyo.account(shop).lists();
  const consents = new Map<string, boolean>();
  const query = 'additional-fields[profile]=subscriptions&page[size]=100';
  let url: string | null | undefined = `${klaviyo.url}/api/profiles?${query}`;
  while (url) {
    const headers = { authorization: `Klaviyo-API-Key ${keyOf(shop)}`, revision: '2023-10-15' };
    const { data, links } = page.parse(await (await fetch(url, { headers })).json());
    for (const { attributes } of data) {
      const { email, sms } = attributes.subscriptions;
      const { consent, list_suppressions } = email.marketing;
      consents.set(`${attributes.email} email`, consent === 'SUBSCRIBED');
      consents.set(`${attributes.email} sms`, sms?.marketing.consent === 'SUBSCRIBED');
      const lost = list_suppressions.map(({ list_id }) => list_id);
      for (const { id, name } of lists)
        consents.set(`${attributes.email} ${name}`, consent === 'SUBSCRIBED' && !lost.includes(id));
    }
    url = links.next;
  }
  return consents;
};

/** The state of a shop's account, as far as the model says anything of it, once no work is pending. */
export const observeShop = async (
  stage: FaultStage,
  shop: string,
  expected: ShopState,
): Promise<ShopState & { readonly eventCount: number }> => {
  const account = stage.klaviyo.account(shop);
  account.processPending();
  const profiles = account.profiles();
  const emails = new Map(profiles.map(({ id, email }) => [id, email]));
  const consents = await readConsents(stage, shop);
  return {
    eventCount: account.events().length,
    profiles: new Map(
      profiles.map(({ id, email = id, external_id, phone_number, ...profile }) => [
        email,
        {
          externalId: external_id,
          phoneNumber: phone_number,
          firstName: profile.fields.first_name,
          lastName: profile.fields.last_name,
          city: profile.location.city,
          points: profile.properties.points,
          lists: listNames.filter((name) => profile.lists.includes(name)),
        },
      ]),
    ),
    events: new Map(
      account
        .events()
        .map(({ metric, uniqueId, profileId, timeSeconds, value }) => [
          `${metric.name} ${uniqueId}`,
          { email: emails.get(profileId), timeSeconds, value },
        ]),
    ),
    consents: new Map(
      // Of who is said nothing, nothing is asked.
      [...consents].filter(([key]) => expected.consents.has(key)),
    ),
  };
};

const receiveAll = async ({ sqs }: FaultStage, QueueUrl: string): Promise<[string, string][]> => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    }),
  );
  if (Messages.length === 0) return [];
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  const letters = Messages.map(({ Body = '', MessageAttributes = {} }): [string, string] => [
    Body,
    MessageAttributes.reason?.StringValue ?? 'none',
  ]);
  return [...letters, ...(await receiveAll({ sqs } as FaultStage, QueueUrl))];
};

/** The bodies of all dead letters, with their reasons. */
export const readDeadLetters = async (stage: FaultStage): Promise<Map<string, string>> => {
  const letters = new Map<string, string>();
  for (const queue of ['Customers', 'Lists', 'Events'])
    for (const [body, reason] of await receiveAll(
      stage,
      stage.outputs[`${queue}DeadLettersUrl`] ?? '',
    ))
      letters.set(body, reason);
  return letters;
};
