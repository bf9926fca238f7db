import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { createReadStackOutputs } from '../../../shared/platform/stack-outputs.cloudformation.ts';

const cloudformation = mockClient(CloudFormationClient);
const readOutputs = createReadStackOutputs(new CloudFormationClient({ region: 'eu-west-1' }));

const failure = (message: string) => Object.assign(new Error(message), { name: 'ValidationError' });

beforeEach(() => cloudformation.reset());

test('outputs come by name', async () => {
  const Outputs = [{ OutputKey: 'PublicUrl', OutputValue: 'https://x.example' }];
  cloudformation.on(DescribeStacksCommand).resolves({
    Stacks: [
      { StackName: 'bridge', CreationTime: new Date(), StackStatus: 'CREATE_COMPLETE', Outputs },
    ],
  });
  expect(await readOutputs('bridge')).toEqual({ PublicUrl: 'https://x.example' });
});

test('a stack that is not there has none, and other errors are errors', async () => {
  cloudformation
    .on(DescribeStacksCommand)
    .rejectsOnce(failure('Stack with id bridge does not exist'))
    .rejectsOnce(failure('Request is malformed'));
  expect(await readOutputs('bridge')).toBeUndefined();
  await expect(readOutputs('bridge')).rejects.toThrow('malformed');
});
