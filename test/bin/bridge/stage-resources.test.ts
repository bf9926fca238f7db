import { expect, test } from 'vitest';
import { queueNames, toStageResources } from '../../../bin/bridge/stage-resources.ts';
import { templatesOf } from '../../support/stage-templates.ts';

test('the stack tells all that the command line asks for', () => {
  const names = Object.keys(templatesOf().bridge.toJSON().Outputs ?? {});
  const urls = Object.fromEntries(names.map((name) => [name, `https://${name}.example/`]));
  const outputs = { ...urls, ConnectionDefaults: '{"throttle":{"share":0.5}}' };
  const resources = toStageResources('dev', outputs);
  expect(Object.keys(resources.queues)).toEqual(queueNames);
  expect(names).toContain('ConnectionDefaults');
  expect(resources.connectionDefaults).toEqual({ throttle: { share: 0.5 } });
  expect(resources.queues.lists).toEqual({
    name: 'lists',
    url: 'https://ListsQueueUrl.example/',
    deadLettersUrl: 'https://ListsDeadLettersUrl.example/',
  });
});

test('a stack that is not there, or tells less, is said what to do about', () => {
  expect(() => toStageResources('dev', undefined)).toThrow(
    'there is no stack klaviyo-bridge-dev in this account and region: deploy it with `npx cdk deploy --all -c stage=dev`',
  );
  expect(() => toStageResources('dev', { CustomersQueueUrl: 'https://sqs/1' })).toThrow(
    'the stack klaviyo-bridge-dev does not tell its CustomersDeadLettersUrl, ListsQueueUrl',
  );
});
