/** The secrets of the host, by name and ARN. */
import { randomBytes } from 'node:crypto';
import { ServiceError } from '../gateway/service-error.ts';
import type { Secret } from './secret.ts';

export interface SecretStore {
  /** @throws ServiceError ResourceExistsException when the name is taken. */
  create(name: string, details: Pick<Secret, 'description' | 'tags'>): Secret;
  /** By name, ARN, or ARN without its suffix. @throws ServiceError ResourceNotFoundException. */
  find(nameOrArn: string): Secret;
  /** Finds a secret that is not waiting to be deleted. @throws ServiceError InvalidRequestException. */
  findLive(nameOrArn: string): Secret;
  remove(secret: Secret): void;
  all(): readonly Secret[];
}

/** An ARN ends in a hyphen and six characters, so that a name used anew has another ARN. */
const suffix = () => randomBytes(3).toString('hex');

/** @param arnPrefix up to the colon before the name. */
export const createSecretStore = (arnPrefix: string): SecretStore => {
  const secrets = new Map<string, Secret>();

  const find = (nameOrArn: string): Secret => {
    const name = nameOrArn.startsWith(arnPrefix) ? nameOrArn.slice(arnPrefix.length) : nameOrArn;
    const secret = secrets.get(name) ?? secrets.get(name.replace(/-\w{6}$/, ''));
    if (secret !== undefined && [secret.name, secret.arn.slice(arnPrefix.length)].includes(name))
      return secret;
    throw new ServiceError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret.",
    );
  };

  return {
    find,
    findLive(nameOrArn) {
      const secret = find(nameOrArn);
      if (secret.deletedAtMs === undefined) return secret;
      throw new ServiceError(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    },
    create(name, { description, tags }) {
      const existing = secrets.get(name);
      if (existing?.deletedAtMs !== undefined)
        throw new ServiceError(
          'InvalidRequestException',
          `You can't create this secret because a secret with this name is already scheduled for deletion.`,
        );
      if (existing !== undefined)
        throw new ServiceError(
          'ResourceExistsException',
          `The operation failed because the secret ${name} already exists.`,
        );
      const secret: Secret = {
        arn: `${arnPrefix}${name}-${suffix()}`,
        name,
        description,
        tags,
        createdAtMs: Date.now(),
        changedAtMs: Date.now(),
        deletedAtMs: undefined,
        versions: new Map(),
      };
      secrets.set(name, secret);
      return secret;
    },
    remove: ({ name }) => secrets.delete(name),
    all: () => [...secrets.values()],
  };
};
