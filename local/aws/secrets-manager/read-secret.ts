/** GetSecretValue, DescribeSecret and ListSecrets. */
import * as z from 'zod';
import { defineOperation, type Operations } from '../gateway/operation.ts';
import { ServiceError } from '../gateway/service-error.ts';
import { current, type Secret, versionOf } from './secret.ts';
import type { SecretStore } from './secret-store.ts';

const SecretId = z.string().min(1);

const toSeconds = (ms: number) => ms / 1_000;

const stagesOf = ({ versions }: Secret) =>
  Object.fromEntries([...versions.values()].map(({ id, stages }) => [id, [...stages]]));

const describe = (secret: Secret) => ({
  ARN: secret.arn,
  Name: secret.name,
  Description: secret.description,
  Tags: secret.tags,
  CreatedDate: toSeconds(secret.createdAtMs),
  LastChangedDate: toSeconds(secret.changedAtMs),
  ...(secret.deletedAtMs === undefined ? {} : { DeletedDate: toSeconds(secret.deletedAtMs) }),
});

interface VersionRequest {
  readonly VersionId?: string | undefined;
  readonly VersionStage?: string | undefined;
}

const findVersion = (secret: Secret, { VersionId, VersionStage = current }: VersionRequest) => {
  const version = VersionId ? secret.versions.get(VersionId) : versionOf(secret, VersionStage);
  if (version !== undefined) return version;
  const sought = VersionId ? `VersionId: ${VersionId}` : `staging label: ${VersionStage}`;
  throw new ServiceError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${sought}`,
  );
};

const getSecretValue = (secrets: SecretStore) =>
  defineOperation(
    z.strictObject({
      SecretId,
      VersionId: z.string().optional(),
      VersionStage: z.string().optional(),
    }),
    (input) => {
      const secret = secrets.findLive(input.SecretId);
      const { id, value, stages, createdAtMs } = findVersion(secret, input);
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: id,
        VersionStages: [...stages],
        CreatedDate: toSeconds(createdAtMs),
        ...value,
      };
    },
  );

/** `!` before a value turns it around; a name matches by its beginning, whatever the case. */
const matches = (name: string, values: readonly string[]) =>
  values.some((value) => {
    const begins = name.toLowerCase().startsWith(value.replace(/^!/, '').toLowerCase());
    return value.startsWith('!') ? !begins : begins;
  });

const listSecrets = (secrets: SecretStore) =>
  defineOperation(
    z.strictObject({
      Filters: z
        .array(z.strictObject({ Key: z.literal('name'), Values: z.array(z.string()).min(1) }))
        .default([]),
      MaxResults: z.int().min(1).max(100).default(100),
      NextToken: z.string().regex(/^\d+$/).default('0'),
      IncludePlannedDeletion: z.boolean().default(false),
      SortOrder: z.enum(['asc', 'desc']).optional(), // an order of time is all that there is
    }),
    (input) => {
      const from = Number(input.NextToken);
      const until = from + input.MaxResults;
      const found = secrets
        .all()
        .filter(({ deletedAtMs }) => input.IncludePlannedDeletion || deletedAtMs === undefined)
        .filter(({ name }) => input.Filters.every(({ Values }) => matches(name, Values)));
      const page = found.slice(from, until).map((secret) => ({
        ...describe(secret),
        SecretVersionsToStages: stagesOf(secret),
      }));
      return { SecretList: page, ...(until < found.length ? { NextToken: String(until) } : {}) };
    },
  );

export const readOperations = (secrets: SecretStore): Operations => ({
  GetSecretValue: getSecretValue(secrets),
  DescribeSecret: defineOperation(z.strictObject({ SecretId }), (input) => {
    const secret = secrets.find(input.SecretId);
    return { ...describe(secret), VersionIdsToStages: stagesOf(secret) };
  }),
  ListSecrets: listSecrets(secrets),
});
