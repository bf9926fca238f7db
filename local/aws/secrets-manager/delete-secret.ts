/** DeleteSecret, at once or with a recovery window, and RestoreSecret. */
import * as z from 'zod';
import { defineOperation, type Operations } from '../gateway/operation.ts';
import { ServiceError } from '../gateway/service-error.ts';
import type { SecretStore } from './secret-store.ts';

const SecretId = z.string().min(1);
const dayMs = 24 * 3_600 * 1_000;
const defaultRecoveryDays = 30;

const deleteRequest = z.strictObject({
  SecretId,
  RecoveryWindowInDays: z.int().min(7).max(30).optional(),
  ForceDeleteWithoutRecovery: z.boolean().default(false),
});

export const deleteOperations = (secrets: SecretStore): Operations => ({
  DeleteSecret: defineOperation(deleteRequest, (input) => {
    const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
    if (force && days !== undefined)
      throw new ServiceError(
        'InvalidParameterException',
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
      );
    const secret = force ? secrets.find(input.SecretId) : secrets.findLive(input.SecretId);
    const nowMs = Date.now();
    if (force) secrets.remove(secret);
    else secret.deletedAtMs = nowMs;
    const deletionMs = force ? nowMs : nowMs + (days ?? defaultRecoveryDays) * dayMs;
    return { ARN: secret.arn, Name: secret.name, DeletionDate: deletionMs / 1_000 };
  }),
  RestoreSecret: defineOperation(z.strictObject({ SecretId }), (input) => {
    const secret = secrets.find(input.SecretId);
    secret.deletedAtMs = undefined;
    return { ARN: secret.arn, Name: secret.name };
  }),
});
