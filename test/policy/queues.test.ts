import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobQueues } from '../../shared/jobs/contract/queues.ts';
import { functionEnvironments } from '../support/function-environments.ts';
import { constructIdOf, resourceAt, resourcesOf, templatesOf } from '../support/stage-templates.ts';

const root = join(import.meta.dirname, '..', '..');
const { data, bridge } = templatesOf();
const anchors = Object.values(resourcesOf(bridge, 'AWS::CloudWatch::Alarm')).map(({ Properties }) =>
  String(Properties.AlarmDescription).split('#').at(-1),
);

describe.each(jobQueues)('the queue $name', (contract) => {
  const id = constructIdOf(contract.name);
  const queue = resourceAt(data, 'AWS::SQS::Queue', `${id}Queue`).Properties;

  it('has a folder with a handler', () => {
    expect(existsSync(join(root, 'functions', contract.name, 'handler.ts'))).toBe(true);
  });

  it('hides a job for six times as long as its consumer may run', () => {
    expect(queue.VisibilityTimeout).toBe(6 * contract.timeoutSeconds);
  });

  it("moves a job to its dead letters after the contract's number of receives", () => {
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(contract.maxReceiveCount);
  });

  it('gathers a batch at least for as long as Lambda asks of batches above ten', () => {
    if (contract.batchSize > 10) expect(contract.batchingWindowSeconds).toBeGreaterThanOrEqual(1);
    expect(contract.batchSize).toBeLessThanOrEqual(10_000);
  });

  it('raises an alarm for dead letters and one for waiting jobs', () => {
    expect(anchors).toContain(`${contract.name}-dead-letters`);
    expect(anchors).toContain(`${contract.name}-stale`);
  });
});

it('the folders of functions are the functions, one name each', () => {
  const entries = readdirSync(join(root, 'functions'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.sort()).toEqual([...functionEnvironments.keys()].sort());
});
