/** A consumer as it is often written: one call per job, each awaited before the next. */
import type { SQSEvent } from 'aws-lambda';
import type { NaiveJob } from './outbound-contract.ts';

const klaviyoUrl = process.env.KLAVIYO_URL ?? '';

export const handler = async ({ Records }: SQSEvent): Promise<void> => {
  for (const { body } of Records) {
    const job: NaiveJob = JSON.parse(body);
    const response = await fetch(klaviyoUrl + job.path, {
      method: 'POST',
      headers: {
        authorization: `Klaviyo-API-Key ${job.key}`,
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
