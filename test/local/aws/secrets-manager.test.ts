import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  RestoreSecretCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { SecretValue } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalStack, startLocalStack } from '../../support/local-stack.ts';

let local: LocalStack;
beforeAll(async () => {
  local = await startLocalStack(({ stack }) => {
    new Secret(stack, 'Given', {
      secretName: 'shop/given',
      secretStringValue: SecretValue.unsafePlainText('from the template'),
    });
    new Secret(stack, 'Generated', {
      secretName: 'shop/generated',
      generateSecretString: {
        secretStringTemplate: '{"user":"admin"}',
        generateStringKey: 'password',
        passwordLength: 20,
      },
    });
  });
});
afterAll(() => local[Symbol.asyncDispose]());

const nameSecret = () => `test/${randomUUID()}`;
const create = (Name: string, SecretString = 'first') =>
  local.secrets.send(new CreateSecretCommand({ Name, SecretString }));
const put = (SecretId: string, SecretString: string, more = {}) =>
  local.secrets.send(new PutSecretValueCommand({ SecretId, SecretString, ...more }));
const read = (SecretId: string, more = {}) =>
  local.secrets.send(new GetSecretValueCommand({ SecretId, ...more }));
const remove = (SecretId: string, more = {}) =>
  local.secrets.send(new DeleteSecretCommand({ SecretId, ...more }));

test('the templates’ secrets are there, given and generated', async () => {
  expect((await read('shop/given')).SecretString).toBe('from the template');
  const generated = JSON.parse((await read('shop/generated')).SecretString ?? '');
  expect(generated).toEqual({ user: 'admin', password: expect.stringMatching(/^\w{20}$/) });
});

test('a secret is found by name, by ARN, and by ARN without its suffix', async () => {
  const name = nameSecret();
  const { ARN = '', VersionId } = await create(name);
  for (const id of [name, ARN, ARN.slice(0, -7)])
    expect(await read(id)).toMatchObject({
      ARN,
      Name: name,
      VersionId,
      SecretString: 'first',
      VersionStages: ['AWSCURRENT'],
    });
});

test('a new value becomes current, the old one previous, and no more are kept in reach', async () => {
  const name = nameSecret();
  await create(name);
  await put(name, 'second');
  await put(name, 'third');
  expect((await read(name)).SecretString).toBe('third');
  const previous = await read(name, { VersionStage: 'AWSPREVIOUS' });
  expect(previous.SecretString).toBe('second');
  expect((await read(name, { VersionId: previous.VersionId })).SecretString).toBe('second');
  const { VersionIdsToStages = {} } = await local.secrets.send(
    new DescribeSecretCommand({ SecretId: name }),
  );
  expect(Object.values(VersionIdsToStages).filter((stages) => stages.length > 0)).toHaveLength(2);
});

test('a value under another stage does not become current', async () => {
  const name = nameSecret();
  await create(name);
  await put(name, 'pending', { VersionStages: ['AWSPENDING'] });
  expect((await read(name)).SecretString).toBe('first');
  expect((await read(name, { VersionStage: 'AWSPENDING' })).SecretString).toBe('pending');
});

test('binary values come back as they were', async () => {
  const Name = nameSecret();
  const SecretBinary = Uint8Array.of(0, 1, 255);
  await local.secrets.send(new CreateSecretCommand({ Name, SecretBinary }));
  expect((await read(Name)).SecretBinary).toEqual(SecretBinary);
});

test('the same request token is one version; with another value it is refused', async () => {
  const name = nameSecret();
  const ClientRequestToken = randomUUID();
  await create(name);
  await put(name, 'second', { ClientRequestToken });
  await put(name, 'third');
  const repeated = await put(name, 'second', { ClientRequestToken });
  expect(repeated.VersionId).toBe(ClientRequestToken);
  expect((await read(name)).SecretString).toBe('third');
  await expect(put(name, 'fourth', { ClientRequestToken })).rejects.toBeInstanceOf(
    ResourceExistsException,
  );
});

test('a name can be taken once, unless the very request is repeated', async () => {
  const Name = nameSecret();
  const ClientRequestToken = randomUUID();
  const command = new CreateSecretCommand({ Name, SecretString: 'x', ClientRequestToken });
  const first = await local.secrets.send(command);
  expect(await local.secrets.send(command)).toMatchObject({ ARN: first.ARN });
  await expect(create(Name)).rejects.toBeInstanceOf(ResourceExistsException);
});

test('a secret that is not there is ResourceNotFoundException', async () => {
  const nobody = nameSecret();
  await expect(read(nobody)).rejects.toBeInstanceOf(ResourceNotFoundException);
  await expect(put(nobody, 'x')).rejects.toBeInstanceOf(ResourceNotFoundException);
  await expect(remove(nobody)).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test('a secret deleted without recovery is gone, and its name is free', async () => {
  const name = nameSecret();
  await create(name);
  await remove(name, { ForceDeleteWithoutRecovery: true });
  await expect(read(name)).rejects.toBeInstanceOf(ResourceNotFoundException);
  await expect(create(name)).resolves.toBeDefined();
});

test('a secret in its recovery window cannot be read, keeps its name, and can be restored', async () => {
  const name = nameSecret();
  await create(name);
  const { DeletionDate } = await remove(name, { RecoveryWindowInDays: 7 });
  const days = ((DeletionDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
  expect(days).toBeCloseTo(7, 2);
  await expect(read(name)).rejects.toMatchObject({ name: 'InvalidRequestException' });
  await expect(create(name)).rejects.toMatchObject({ name: 'InvalidRequestException' });
  await local.secrets.send(new RestoreSecretCommand({ SecretId: name }));
  expect((await read(name)).SecretString).toBe('first');
});

test('a recovery window and none at all exclude each other', async () => {
  const name = nameSecret();
  await create(name);
  const both = { ForceDeleteWithoutRecovery: true, RecoveryWindowInDays: 7 };
  await expect(remove(name, both)).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('an update changes the description, the value, or both', async () => {
  const name = nameSecret();
  await create(name);
  await local.secrets.send(new UpdateSecretCommand({ SecretId: name, Description: 'tokens' }));
  await local.secrets.send(new UpdateSecretCommand({ SecretId: name, SecretString: 'second' }));
  const described = await local.secrets.send(new DescribeSecretCommand({ SecretId: name }));
  expect(described.Description).toBe('tokens');
  expect((await read(name)).SecretString).toBe('second');
});

test('secrets are listed by the beginning of their names, page by page', async () => {
  const prefix = nameSecret();
  for (const suffix of ['a', 'b', 'c']) await create(`${prefix}/${suffix}`);
  await remove(`${prefix}/b`, {});
  const Filters = [{ Key: 'name' as const, Values: [prefix] }];
  const first = await local.secrets.send(new ListSecretsCommand({ Filters, MaxResults: 1 }));
  const second = await local.secrets.send(
    new ListSecretsCommand({ Filters, MaxResults: 1, NextToken: first.NextToken }),
  );
  const names = [first, second].flatMap(({ SecretList = [] }) =>
    SecretList.map(({ Name }) => Name),
  );
  expect(names).toEqual([`${prefix}/a`, `${prefix}/c`]);
  expect(second.NextToken).toBeUndefined();
});
