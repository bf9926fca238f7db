/** The AWS SDK clients of a function: made once per instance, with short timeouts. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

const options = {
  maxAttempts: 4,
  // An answer that takes longer is lost; the SDK tries again within the function's time.
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 },
};

export const createAwsClients = () => ({
  dynamodb: new DynamoDBClient(options),
  secrets: new SecretsManagerClient(options),
  sqs: new SQSClient(options),
});
