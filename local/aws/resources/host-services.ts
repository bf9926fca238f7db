/** What resources are made of: the services of the host, and where things are. */
import type { TableDefinition } from '../dynamodb/create-table.ts';
import type { HttpApi } from '../http-api/http-api.ts';
import type { EventSourceMapping } from '../lambda/event-source-mapping.ts';
import type { FunctionRegistry } from '../lambda/function-registry.ts';
import type { LambdaFunction, LambdaFunctionOptions } from '../lambda/lambda-function.ts';
import type { ScheduleSettings } from '../schedules/schedule.ts';
import type { SecretStore } from '../secrets-manager/secret-store.ts';
import type { Queue } from '../sqs/queue.ts';
import type { QueueRegistry } from '../sqs/queue-registry.ts';
import type { NamedResource } from './named-resource.ts';

export interface HostServices {
  readonly region: string;
  readonly accountId: string;
  /** The gateway's origin. */
  readonly endpoint: string;
  readonly assetFolders: ReadonlyMap<string, string>;
  /** Variables of every function, before those of its own. */
  readonly functionVariables: Readonly<Record<string, string>>;
  readonly functionOptions: (functionName: string) => LambdaFunctionOptions;
  readonly queues: QueueRegistry;
  readonly secrets: SecretStore;
  readonly functions: FunctionRegistry;
  /** Made once every stack is deployed. */
  readonly tables: TableDefinition[];
  readonly mappings: (() => EventSourceMapping)[];
  readonly schedules: NamedResource<ScheduleSettings>[];
  /** By id; each has its port before its template is read. */
  readonly httpApis: ReadonlyMap<string, HttpApi>;
  readonly namedQueues: NamedResource<Queue>[];
  readonly namedFunctions: NamedResource<LambdaFunction>[];
}
