/** The AWS SDK clients of a function: made once per instance, with short timeouts. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { BoundedHandler } from './bounded-handler.aws.ts';

/** What every client of ours is made with. */
export const clientOptions = ({ requestTimeoutMs = 5_000 } = {}) => ({
  maxAttempts: 4,
  // An answer that takes longer is lost; the SDK tries again within the function's time.
  requestHandler: new BoundedHandler(requestTimeoutMs),
});

export const createAwsClients = (options = clientOptions()) => ({
  dynamodb: new DynamoDBClient(options),
  secrets: new SecretsManagerClient(options),
  sqs: new SQSClient(options),
});
