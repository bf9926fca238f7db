/** A consumer as it is often written: one call per job, each awaited before the next. */
import type { SQSEvent } from 'aws-lambda';
import { keyOf, type NaiveJob } from './outbound-contract.ts';

/** By the number of the account. */
const klaviyoUrls: readonly string[] = JSON.parse(process.env.KLAVIYO_URLS ?? '[]');

export const handler = async ({ Records }: SQSEvent): Promise<void> => {
  for (const { body } of Records) {
    const job: NaiveJob = JSON.parse(body);
    const response = await fetch(`${klaviyoUrls[job.account]}${job.path}`, {
      method: 'POST',
      headers: {
        authorization: `Klaviyo-API-Key ${keyOf(job.account)}`,
        revision: '2023-10-15',
        accept: 'application/json',
        'content-type': 'application/json',
      },
      body: JSON.stringify(job.body),
    });
    await response.text();
    if (!response.ok) throw new Error(`Klaviyo answered ${response.status}`);
  }
};
