/** AWS::SecretsManager::Secret, with a value that is given or generated. */
import { randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { addVersion } from '../secrets-manager/secret.ts';
import { deployedResource, generatedName, type ResourceKind } from './resource-kind.ts';

const generated = z.looseObject({
  PasswordLength: z.coerce.number().default(32),
  SecretStringTemplate: z.string().optional(),
  GenerateStringKey: z.string().optional(),
});

const secretProperties = z.looseObject({
  Name: z.string().optional(),
  Description: z.string().optional(),
  SecretString: z.string().optional(),
  GenerateSecretString: generated.optional(),
});

/** Letters and digits, whatever characters the template leaves out or asks for. */
const generate = (settings: z.output<typeof generated>): string => {
  const {
    PasswordLength: length,
    SecretStringTemplate: template,
    GenerateStringKey: key,
  } = settings;
  const password = randomBytes(length).toString('hex').slice(0, length);
  if (template === undefined || key === undefined) return password;
  return JSON.stringify({ ...JSON.parse(template), [key]: password });
};

export const secretKind: ResourceKind = (properties, identity, host) => {
  const given = secretProperties.parse(properties);
  const name = given.Name ?? generatedName(identity, 512);
  const secret = host.secrets.create(name, { description: given.Description, tags: [] });
  const { SecretString, GenerateSecretString: settings } = given;
  const value = SecretString ?? (settings && generate(settings));
  if (value !== undefined) addVersion(secret, randomUUID(), { SecretString: value });
  host.lifecycle.removes(() => host.secrets.remove(secret));
  return deployedResource(secret.arn, { Id: secret.arn });
};
