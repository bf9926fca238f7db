/** What resources are made of: the services of the host, and where things are. */
import type { Tables } from '../dynamodb/local-tables.ts';
import type { HttpApi } from '../http-api/http-api.ts';
import type { EventSourceMapping } from '../lambda/event-source-mapping.ts';
import type { FunctionRegistry } from '../lambda/function-registry.ts';
import type { LambdaFunction, LambdaFunctionOptions } from '../lambda/lambda-function.ts';
import type { ScheduleSettings } from '../schedules/schedule.ts';
import type { SecretStore } from '../secrets-manager/secret-store.ts';
import type { Queue } from '../sqs/queue.ts';
import type { QueueRegistry } from '../sqs/queue-registry.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { NamedResource } from './named-resource.ts';

export interface HostServices {
  readonly region: string;
  readonly accountId: string;
  /** The gateway's origin. */
  readonly endpoint: string;
  /** The folder of an asset that a template knows by its key. @throws Error when there is none. */
  readonly assetFolder: (key: string) => string;
  /** Variables of every function, before those of its own. */
  readonly functionVariables: Readonly<Record<string, string>>;
  readonly functionOptions: (functionName: string) => LambdaFunctionOptions;
  readonly queues: QueueRegistry;
  readonly secrets: SecretStore;
  readonly functions: FunctionRegistry;
  readonly tables: Tables;
  readonly mappings: Set<EventSourceMapping>;
  /** Whether schedules tick by themselves. */
  readonly ticks: boolean;
  readonly schedules: Set<NamedResource<ScheduleSettings>>;
  /** By id; each has its port before its template is read. */
  readonly httpApis: Map<string, HttpApi>;
  readonly namedQueues: Set<NamedResource<Queue>>;
  readonly namedFunctions: Set<NamedResource<LambdaFunction>>;
}

/** The host as one resource sees it, while it is brought to life. */
export interface ResourceHost extends HostServices {
  readonly lifecycle: Lifecycle;
}
