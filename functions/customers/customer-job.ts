import type { CustomersMessage } from '../../shared/contracts/messages.ts';
import type { Job } from '../../shared/runtime/job.ts';

export type CustomerJob = Job<CustomersMessage>;
