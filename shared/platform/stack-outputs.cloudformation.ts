/** The outputs of a deployed stack: how a command line finds queues, tables and functions. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { clientOptions } from './clients.aws.ts';

/** The outputs by name; undefined where there is no stack of this name. */
export const createReadStackOutputs =
  (client: Pick<CloudFormationClient, 'send'> = new CloudFormationClient(clientOptions())) =>
  async (stackName: string): Promise<Readonly<Record<string, string>> | undefined> => {
    try {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
      const outputs = Stacks?.[0]?.Outputs ?? [];
      return Object.fromEntries(
        outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      );
    } catch (error) {
      // CloudFormation has no error of its own for this.
      const { name, message } = error as Error;
      if (name === 'ValidationError' && message.includes('does not exist')) return undefined;
      throw error;
    }
  };
