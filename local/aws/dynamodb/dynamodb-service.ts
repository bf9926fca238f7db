/** The DynamoDB protocol behind the gateway: what is passed on to dynalite, and what is refused. */
import * as z from 'zod';
import type { GatewayRequest, Reply, Route } from '../gateway/request-and-reply.ts';
import type { Tables } from './local-tables.ts';

const target = 'DynamoDB_20120810.';

const supported: readonly string[] = [
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchGetItem',
  'BatchWriteItem',
  'Query',
  'Scan',
  'CreateTable',
  'DeleteTable',
  'DescribeTable',
  'ListTables',
];

/** dynalite would leave these out in silence. */
const request = z.looseObject({
  ReturnValuesOnConditionCheckFailure: z.literal('NONE').optional(),
  StreamSpecification: z.looseObject({ StreamEnabled: z.literal(false) }).optional(),
});

const reply = (statusCode: number, body: string): Reply => ({
  statusCode,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body,
});

const refuse = (code: string, message: string, namespace = 'com.amazonaws.dynamodb.v20120810') =>
  reply(400, JSON.stringify({ __type: `${namespace}#${code}`, message }));

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const problemOf = (operation: string, body: string): Reply | undefined => {
  if (!supported.includes(operation))
    return refuse(
      'UnknownOperationException',
      `local/aws does not run DynamoDB ${operation}; it runs ${supported.join(', ')}`,
    );
  const parsed = request.safeParse(parse(body));
  if (parsed.success) return undefined;
  const problem = z.prettifyError(parsed.error);
  return refuse(
    'ValidationException',
    `local/aws does not run this ${operation}: ${problem}`,
    'com.amazon.coral.validate',
  );
};

/** @param throttles whether the next request is refused as DynamoDB refuses what exceeds its capacity. */
export const createDynamoDbRoute = (tables: Tables, throttles: () => boolean): Route => ({
  takes: ({ headers }) => String(headers['x-amz-target'] ?? '').startsWith(target),
  async handle({ headers, body }: GatewayRequest) {
    const operation = String(headers['x-amz-target']).slice(target.length);
    const text = body.toString();
    const problem = problemOf(operation, text);
    if (problem !== undefined) return problem;
    if (throttles())
      return refuse(
        'ProvisionedThroughputExceededException',
        'The level of configured provisioned throughput for the table was exceeded.',
      );
    const { statusCode, body: answer } = await tables.call(operation, text);
    return reply(statusCode, answer);
  },
});
