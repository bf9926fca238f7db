/** Parameter Store with the one parameter by which the CDK knows a bootstrapped account. */
import * as z from 'zod';
import { createJsonRoute } from './gateway/json-service.ts';
import { defineOperation } from './gateway/operation.ts';
import type { Route } from './gateway/request-and-reply.ts';
import { ServiceError } from './gateway/service-error.ts';

const bootstrapParameter = '/cdk-bootstrap/hnb659fds/version';
/** Of the bootstrap template that the CDK's command line of today brings. */
const bootstrapVersion = '33';

const parameter = z.strictObject({ Name: z.string(), WithDecryption: z.boolean().optional() });

/** @param isBootstrapped whether `cdk bootstrap` is to have been here. */
export const createSsmRoute = (isBootstrapped: boolean): Route =>
  createJsonRoute({
    name: 'SSM',
    target: 'AmazonSSM',
    contentType: 'application/x-amz-json-1.1',
    invalidInputCode: 'ValidationException',
    operations: {
      GetParameter: defineOperation(parameter, ({ Name }) => {
        if (!isBootstrapped || Name !== bootstrapParameter)
          throw new ServiceError('ParameterNotFound', `there is no parameter ${Name}`);
        return { Parameter: { Name, Type: 'String', Value: bootstrapVersion, Version: 1 } };
      }),
    },
  });
