/** STS: who is there, and roles for whoever asks, since permissions are not checked here. */
import * as z from 'zod';
import { defineOperation } from './gateway/operation.ts';
import { createQueryRoute } from './gateway/query-service.ts';
import type { Route } from './gateway/request-and-reply.ts';

const hourMs = 3_600_000;
const role = z.looseObject({ RoleArn: z.string(), RoleSessionName: z.string() });

export const createStsRoute = (accountId: string): Route =>
  createQueryRoute({
    name: 'STS',
    signingName: 'sts',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: {
      GetCallerIdentity: defineOperation(z.strictObject({}), () => ({
        Account: accountId,
        Arn: `arn:aws:iam::${accountId}:root`,
        UserId: accountId,
      })),
      AssumeRole: defineOperation(role, ({ RoleArn, RoleSessionName }) => ({
        AssumedRoleUser: { Arn: `${RoleArn}/${RoleSessionName}`, AssumedRoleId: RoleSessionName },
        Credentials: {
          AccessKeyId: 'local',
          SecretAccessKey: 'local',
          SessionToken: 'local',
          Expiration: new Date(Date.now() + hourMs),
        },
      })),
    },
  });
