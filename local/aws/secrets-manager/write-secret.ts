/** CreateSecret, PutSecretValue and UpdateSecret. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { defineOperation, type Operations } from '../gateway/operation.ts';
import { ServiceError } from '../gateway/service-error.ts';
import { addVersion, type Secret, type SecretValue } from './secret.ts';
import type { SecretStore } from './secret-store.ts';

const SecretId = z.string().min(1);
const value = {
  ClientRequestToken: z.string().min(32).max(64).optional(),
  SecretString: z.string().max(65_536).optional(),
  SecretBinary: z.base64().optional(),
};
const details = {
  Description: z.string().optional(),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).default([]),
};

interface Write extends SecretValue {
  readonly ClientRequestToken?: string | undefined;
  readonly VersionStages?: readonly string[] | undefined;
}

/** Safe to repeat: the same token with the same value is the version that is there already. */
const write = (secret: Secret, input: Write): string => {
  const { ClientRequestToken: id = randomUUID(), SecretString, SecretBinary } = input;
  const existing = secret.versions.get(id);
  const newValue = { SecretString, SecretBinary };
  if (existing === undefined) addVersion(secret, id, newValue, input.VersionStages);
  else if (!isDeepStrictEqual(existing.value, newValue))
    throw new ServiceError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  return id;
};

const hasValue = ({ SecretString, SecretBinary }: SecretValue) =>
  SecretString !== undefined || SecretBinary !== undefined;

const namesOf = ({ arn, name }: Secret) => ({ ARN: arn, Name: name });

/** The secret that an earlier attempt of this very request has made. */
const createdBefore = (secrets: SecretStore, name: string, token: string | undefined) =>
  secrets.all().find((one) => one.name === name && token !== undefined && one.versions.has(token));

export const writeOperations = (secrets: SecretStore): Operations => ({
  CreateSecret: defineOperation(
    z.strictObject({ Name: z.string().regex(/^[\w/+=.@-]{1,512}$/), ...value, ...details }),
    (input) => {
      const secret =
        createdBefore(secrets, input.Name, input.ClientRequestToken) ??
        secrets.create(input.Name, { description: input.Description, tags: input.Tags });
      return {
        ...namesOf(secret),
        ...(hasValue(input) ? { VersionId: write(secret, input) } : {}),
      };
    },
  ),
  PutSecretValue: defineOperation(
    z.strictObject({ SecretId, ...value, VersionStages: z.array(z.string()).min(1).optional() }),
    (input) => {
      const secret = secrets.findLive(input.SecretId);
      if (!hasValue(input))
        throw new ServiceError(
          'InvalidRequestException',
          'You must provide either SecretString or SecretBinary.',
        );
      const id = write(secret, input);
      const stages = [...(secret.versions.get(id)?.stages ?? [])];
      return { ...namesOf(secret), VersionId: id, VersionStages: stages };
    },
  ),
  UpdateSecret: defineOperation(
    z.strictObject({ SecretId, ...value, Description: z.string().optional() }),
    (input) => {
      const secret = secrets.findLive(input.SecretId);
      secret.description = input.Description ?? secret.description;
      return {
        ...namesOf(secret),
        ...(hasValue(input) ? { VersionId: write(secret, input) } : {}),
      };
    },
  ),
});
