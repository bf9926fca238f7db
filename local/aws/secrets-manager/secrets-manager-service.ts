/** Secrets Manager in its JSON protocol, without rotation, replicas and policies. */

import { createJsonRoute } from '../gateway/json-service.ts';
import type { Route } from '../gateway/request-and-reply.ts';
import { deleteOperations } from './delete-secret.ts';
import { readOperations } from './read-secret.ts';
import type { SecretStore } from './secret-store.ts';
import { writeOperations } from './write-secret.ts';

export const createSecretsManagerRoute = (secrets: SecretStore): Route =>
  createJsonRoute({
    name: 'Secrets Manager',
    target: 'secretsmanager',
    contentType: 'application/x-amz-json-1.1',
    invalidInputCode: 'InvalidParameterException',
    operations: {
      ...writeOperations(secrets),
      ...readOperations(secrets),
      ...deleteOperations(secrets),
    },
  });
