import type { Operation } from './operation.ts';
import { accountOperations } from './operations/account-operations.ts';
import { callOperations } from './operations/call-operations.ts';
import { consentOperations } from './operations/consent-operations.ts';
import { eventOperations } from './operations/event-operations.ts';
import { listOperations } from './operations/list-operations.ts';
import { oauthOperations } from './operations/oauth-operations.ts';
import { profileOperations } from './operations/profile-operations.ts';
import { simulatorOperations } from './operations/simulator-operations.ts';
import { troubleOperations } from './operations/trouble-operations.ts';

/** Every operation of the control interface. */
export const operations: readonly Operation[] = [
  ...simulatorOperations,
  ...accountOperations,
  ...profileOperations,
  ...consentOperations,
  ...listOperations,
  ...eventOperations,
  ...callOperations,
  ...troubleOperations,
  ...oauthOperations,
];
