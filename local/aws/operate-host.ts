/** A running host in the hands of a person or a test. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stacks } from './assembly/stacks.ts';
import { sdkEnvironment } from './lambda/function-environment.ts';
import type { LocalAws } from './local-aws.ts';
import type { HostServices } from './resources/host-services.ts';
import { findNamed } from './resources/named-resource.ts';

const idleCheckMs = 10;
const defaultIdleTimeoutSeconds = 60;

/** What is still to be done, in words; nothing when the host is idle. */
const leftToDo = ({ functions, mappings }: HostServices): readonly string[] => {
  const queues = [...mappings].flatMap(({ queue }) => {
    const { visible, inFlight, delayed } = queue.depth();
    const text = `${queue.settings.name}: ${visible} visible, ${inFlight} in flight, ${delayed} delayed`;
    return visible + inFlight + delayed > 0 ? [text] : [];
  });
  const running = functions.all().flatMap(({ settings, stats }) => {
    const count = stats().running;
    return count > 0 ? [`${settings.name}: ${count} running`] : [];
  });
  return [...queues, ...running];
};

const waitUntilIdle = async (host: HostServices, timeoutSeconds: number) => {
  const untilMs = Date.now() + timeoutSeconds * 1_000;
  for (let left = leftToDo(host); left.length > 0; left = leftToDo(host)) {
    if (Date.now() > untilMs)
      throw new Error(`not idle after ${timeoutSeconds} s: ${left.join('; ')}`);
    await sleep(idleCheckMs);
  }
};

const outputsOf = (stacks: Stacks) =>
  Object.fromEntries(
    stacks
      .all()
      .map(({ name, outputs }) => [
        name,
        Object.fromEntries(outputs.map(({ key, value }) => [key, value])),
      ]),
  );

/** Puts the host's inside behind the interface that it is used by. */
export const operateHost = (
  host: HostServices,
  stacks: Stacks,
  close: () => Promise<void>,
): LocalAws => ({
  endpoint: host.endpoint,
  get publicUrl() {
    return [...host.httpApis.values()][0]?.endpoint;
  },
  region: host.region,
  environment: sdkEnvironment(host),
  get outputs() {
    return outputsOf(stacks);
  },
  notRun: stacks.notRun,
  queueDepth: (name) => findNamed(host.namedQueues, name).depth(),
  queues: () =>
    Object.fromEntries(
      host.queues
        .all()
        .map(({ settings: { name }, depth }) => [
          name,
          { url: host.queues.urlOf(name), ...depth() },
        ]),
    ),
  functions: () =>
    Object.fromEntries(host.functions.all().map(({ settings, stats }) => [settings.name, stats()])),
  invoke: (name, payload) =>
    findNamed(host.namedFunctions, name).invoke(JSON.stringify(payload) ?? 'null'),
  trigger: (name) => {
    const { target, input } = findNamed(host.schedules, name);
    return target.invoke(input);
  },
  killInstances: (name) => {
    const doomed =
      name === undefined ? host.functions.all() : [findNamed(host.namedFunctions, name)];
    for (const { kill } of doomed) kill();
  },
  idle: ({ timeoutSeconds = defaultIdleTimeoutSeconds } = {}) =>
    waitUntilIdle(host, timeoutSeconds),
  close,
});
