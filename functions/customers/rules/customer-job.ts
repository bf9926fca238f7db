import type { CustomersMessage } from '../../../shared/jobs/contract/messages.ts';
import type { Job } from '../../../shared/jobs/job.ts';

export type CustomerJob = Job<CustomersMessage>;
