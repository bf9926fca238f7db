import { describe, expect, test } from 'vitest';
import { explainError } from '../../../bin/bridge/explain-error.ts';
import { CommandFailure, UsageFailure } from '../../../bin/bridge/failure.ts';
import {
  KlaviyoAuthorisationError,
  KlaviyoRateLimitError,
  KlaviyoUnreachableError,
} from '../../../shared/klaviyo/index.ts';

const awsError = (name: string, message = 'no') => Object.assign(new Error(message), { name });

describe('an error is one line that says what to do', () => {
  test.each<[unknown, string, number]>([
    [new CommandFailure('two\n  lines'), 'two lines', 1],
    [new UsageFailure('wrong'), 'wrong', 2],
    [awsError('ExpiredTokenException'), 'the AWS credentials have expired: log in again', 1],
    [awsError('UnrecognizedClientException'), 'AWS does not know these credentials', 1],
    [
      awsError('AccessDeniedException', 'User: x is not authorized to perform: dynamodb:Scan'),
      'AWS does not allow it: User: x is not authorized to perform: dynamodb:Scan',
      1,
    ],
    [
      awsError('Error', 'getaddrinfo ENOTFOUND sqs.nowhere.amazonaws.com'),
      'AWS cannot be reached',
      1,
    ],
    [
      awsError('SignatureDoesNotMatch', 'Signature expired: 1 is now earlier than 2'),
      "AWS refuses the time of this machine's clock",
      1,
    ],
    [
      Object.assign(awsError('Error', 'write EPROTO 40FD'), { code: 'EPROTO' }),
      'the connection to AWS cannot be trusted (EPROTO)',
      1,
    ],
    [
      awsError('ThrottlingException', 'Rate exceeded'),
      'AWS throttles the calls of this account',
      1,
    ],
    [awsError('ProvisionedThroughputExceededException'), 'try again in a minute', 1],
    [
      Object.assign(awsError('InternalFailure'), { $metadata: { httpStatusCode: 500 } }),
      'AWS answered with an error of its own (500 InternalFailure): try again in a minute',
      1,
    ],
    [
      new KlaviyoAuthorisationError('GET /api/accounts', 401, []),
      'Klaviyo does not know this key',
      1,
    ],
    [
      new KlaviyoAuthorisationError('GET /api/accounts', 403, []),
      'give it the scopes accounts:read, ',
      1,
    ],
    [new KlaviyoRateLimitError('GET /api/accounts', 2_500), 'try again in 3 s', 1],
    [new KlaviyoUnreachableError('GET /api/accounts', true, null), 'Klaviyo did not answer', 1],
    [new AggregateError([awsError('Error', 'connect ECONNREFUSED')]), 'AWS cannot be reached', 1],
    [new TypeError('a defect'), 'TypeError: a defect', 1],
    ['a string', 'a string', 1],
  ])('%o', (error, line, exitCode) => {
    const explained = explainError(error);
    expect(explained.line).toContain(line);
    expect(explained.line).not.toContain('\n');
    expect(explained.exitCode).toBe(exitCode);
  });
});
