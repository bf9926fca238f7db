/** AWS::Scheduler::Schedule, and AWS::Events::Rule with a schedule. */
import * as z from 'zod';
import { startSchedule } from '../schedules/schedule.ts';
import type { ResourceHost } from './host-services.ts';
import { addNamed, type ResourceIdentity } from './named-resource.ts';
import { deployedResource, generatedName, type ResourceKind } from './resource-kind.ts';

const target = z.looseObject({ Arn: z.string(), Input: z.string().optional() });

const scheduleProperties = z.looseObject({
  Name: z.string().optional(),
  ScheduleExpression: z.string(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: target,
});

const ruleProperties = scheduleProperties.omit({ Target: true }).extend({
  EventPattern: z.undefined('local/aws runs no event bus: rules with a schedule alone').optional(),
  Targets: z.array(target).default([]),
});

/** What EventBridge sends where the template gives no input. */
const defaultInput = JSON.stringify({ source: 'aws.events', 'detail-type': 'Scheduled Event' });

interface Ticking {
  readonly name: string;
  readonly expression: string;
  readonly enabled: boolean;
}

const add = (
  { name, ...timing }: Ticking,
  { Arn, Input }: z.output<typeof target>,
  identity: ResourceIdentity,
  host: ResourceHost,
) => {
  const { schedules, functions, lifecycle, ticks } = host;
  const resource = { ...timing, input: Input ?? defaultInput, target: functions.find(Arn) };
  addNamed(schedules, { identity, names: [name], resource }, lifecycle);
  if (ticks && timing.enabled) lifecycle.starts(() => startSchedule(resource).stop);
};

const tickingOf = (
  given: Pick<z.output<typeof scheduleProperties>, 'Name' | 'ScheduleExpression' | 'State'>,
  identity: ResourceIdentity,
): Ticking => ({
  name: given.Name ?? generatedName(identity, 64),
  expression: given.ScheduleExpression,
  enabled: given.State === 'ENABLED',
});

export const scheduleKind: ResourceKind = (properties, identity, host) => {
  const given = scheduleProperties.parse(properties);
  const ticking = tickingOf(given, identity);
  add(ticking, given.Target, identity, host);
  const Arn = `arn:aws:scheduler:${host.region}:${host.accountId}:schedule/default/${ticking.name}`;
  return deployedResource(ticking.name, { Arn });
};

export const ruleKind: ResourceKind = (properties, identity, host) => {
  const given = ruleProperties.parse(properties);
  const ticking = tickingOf(given, identity);
  for (const one of given.Targets) add(ticking, one, identity, host);
  const Arn = `arn:aws:events:${host.region}:${host.accountId}:rule/${ticking.name}`;
  return deployedResource(ticking.name, { Arn });
};
