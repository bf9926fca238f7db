/** The way back: a profile that somebody changed in Klaviyo has to come out of the queue inbound. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { CommandFailure } from '../../bin/bridge/failure.ts';
import type { CustomerChanged } from '../../shared/jobs/contract/messages.ts';
import type { SimulatedAccount } from '../klaviyo/inspection.ts';
import { receiveInbound } from '../receive-inbound.ts';
import { changedCustomer, connectionId, profileOf } from './errands.ts';
import type { RunBridge } from './run-bridge.ts';
import { type Patience, waitFor } from './wait-for.ts';

export interface CheckInboundOptions {
  readonly account: SimulatedAccount;
  readonly bridge: RunBridge;
  readonly sqs: SQSClient;
  readonly inboundUrl: string;
  readonly patience: Patience;
}

const newName = 'Anna';
const pollEveryMs = 2_000;

/** The schedule may be polling just now; then its run does the work. */
const poll = async (bridge: RunBridge, signal: AbortSignal): Promise<void> => {
  await bridge(['poll', connectionId], { signal }).catch((error: unknown) => {
    if (!(error instanceof CommandFailure && /is going on/.test(error.message))) throw error;
  });
};

/** @throws CommandFailure when the message does not come, or names the wrong customer. */
export const checkInbound = async ({
  account,
  bridge,
  sqs,
  inboundUrl,
  patience,
}: CheckInboundOptions): Promise<void> => {
  const profile = profileOf(account, changedCustomer.name);
  if (profile === undefined) throw new CommandFailure('the customer has no profile to be changed');
  account.changeProfile(profile.id, { first_name: newName });
  const isIt = ({ profile: { profileId, attributes } }: CustomerChanged) =>
    profileId === profile.id && attributes.first_name === newName;
  const found = await waitFor(
    async () => {
      await poll(bridge, patience.signal);
      return (await receiveInbound(sqs, inboundUrl)).find(isIt);
    },
    { ...patience, everyMs: pollEveryMs },
  );
  const { customerId, by } = found.match ?? {};
  if (customerId !== changedCustomer.customerId || by !== 'link')
    throw new CommandFailure(`the change is matched to ${customerId ?? 'nobody'} by ${by ?? '-'}`);
};
