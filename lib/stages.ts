/**
 * What differs between the stages: one record each, and no `if (stage === …)` anywhere else. The
 * command line reads it too, so nothing of the CDK is loaded here.
 */
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type * as z from 'zod';
import type { logLevel } from '../shared/platform/contract/environment.ts';

export interface StageSettings {
  readonly logLevel: z.output<typeof logLevel>;
  /** In days, of those that CloudWatch knows. */
  readonly logRetention: RetentionDays;
  /**
   * How many instances of each consumer run at once. Two use up any one account's limits
   * (Lambda takes no fewer); more is for stages where many accounts are busy at once.
   */
  readonly maxConcurrency: number;
  /** Lets a connection name an API other than Klaviyo's own, such as the local simulator. */
  readonly allowAnyApiUrl: boolean;
  /** Tables, queues, secrets and logs outlive their stack; tables and stack refuse deletion. */
  readonly keepData: boolean;
}

/** Nothing that holds anything of worth is ever deployed so. */
const throwaway = {
  logLevel: 'INFO',
  logRetention: 1,
  maxConcurrency: 2,
  allowAnyApiUrl: true,
  keepData: false,
} as const satisfies StageSettings;

const stages = {
  dev: {
    logLevel: 'DEBUG',
    logRetention: 14,
    maxConcurrency: 2,
    allowAnyApiUrl: false,
    keepData: true,
  },
  prod: {
    logLevel: 'INFO',
    logRetention: 90,
    maxConcurrency: 2,
    allowAnyApiUrl: false,
    keepData: true,
  },
  /** For `npm start` alone. */
  local: throwaway,
  /** For `npm run deploy:check` alone, which destroys what it deployed. */
  check: throwaway,
} as const satisfies Record<string, StageSettings>;

export type StageName = keyof typeof stages;

/** A stage's settings and its name, which every physical name and secret name carries. */
export interface Stage extends StageSettings {
  readonly name: StageName;
}

export const stageNames = Object.keys(stages) as readonly StageName[];

export const defaultStageName: StageName = 'dev';

export class UnknownStageError extends Error {
  override readonly name = 'UnknownStageError';

  constructor(given: string) {
    super(`no stage is called ${JSON.stringify(given)}: use -c stage=${stageNames.join('|')}`);
  }
}

const isStageName = (given: string): given is StageName => Object.hasOwn(stages, given);

/** @throws UnknownStageError when there is no such stage. */
export const stageNamed = (given: string): Stage => {
  if (!isStageName(given)) throw new UnknownStageError(given);
  return { name: given, ...stages[given] };
};
