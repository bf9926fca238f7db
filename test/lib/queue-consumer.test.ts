import { describe, expect, it } from 'vitest';
import { stageNamed } from '../../lib/stages.ts';
import { jobQueues } from '../../shared/jobs/contract/queues.ts';
import { constructIdOf, resourceAt, templatesOf } from '../support/stage-templates.ts';

const { bridge } = templatesOf();

describe.each(jobQueues)('the consumer of $name', (contract) => {
  const id = `${constructIdOf(contract.name)}Consumer`;
  const source = resourceAt(bridge, 'AWS::Lambda::EventSourceMapping', id).Properties;
  const consumer = resourceAt(bridge, 'AWS::Lambda::Function', id).Properties;

  it('puts back only the jobs that failed', () => {
    expect(source.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  it('is throttled where messages are received, not by reserved concurrency', () => {
    expect(source.ScalingConfig.MaximumConcurrency).toBe(stageNamed('dev').maxConcurrency);
    expect(consumer).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it("takes batches of the contract's size, gathered for the contract's window", () => {
    expect(source.BatchSize).toBe(contract.batchSize);
    expect(source.MaximumBatchingWindowInSeconds).toBe(contract.batchingWindowSeconds);
  });

  it("reads the contract's own queue", () => {
    expect(JSON.stringify(source.EventSourceArn)).toContain(`${constructIdOf(contract.name)}Queue`);
  });

  it("ends after the contract's timeout", () => {
    expect(consumer.Timeout).toBe(contract.timeoutSeconds);
  });

  it('may send a job back to its own queue as often as it has to', () => {
    expect(consumer.RecursiveLoop).toBe('Allow');
  });
});

it('hands the list changes of a customer on to the lists queue', () => {
  const { Variables } = resourceAt(bridge, 'AWS::Lambda::Function', 'Customers').Properties
    .Environment;
  expect(JSON.stringify(Variables.LISTS_QUEUE_URL)).toContain('ListsQueue');
});
