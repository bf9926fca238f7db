/** Which function may do what: named actions on named resources. */
import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { secretNames } from '../shared/connections/contract.ts';
import type { DataStack } from './data-stack.ts';
import type { Stage } from './stages.ts';

const readAndWriteItems = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
] as const;

/** On the table alone: its indexes are for the command line. */
const grantOn = (table: Table, grantee: IGrantable, ...actions: readonly string[]): Grant =>
  Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [table.tableArn] });

/** Every action on single items and none on whole tables. */
export const grantItems = (table: Table, grantee: IGrantable): Grant =>
  grantOn(table, grantee, ...readAndWriteItems);

/**
 * Of the connections: they are few, and there is no other way to know them all, or whose account is
 * the same. Of the links: what is remembered of an account that is to be forgotten.
 */
export const grantListing = (table: Table, grantee: IGrantable): Grant =>
  grantOn(table, grantee, 'dynamodb:Scan');

type SecretAction = 'CreateSecret' | 'GetSecretValue' | 'PutSecretValue';

/** The secrets of all connections of a stage: which there will be is not known at deployment. */
const grantConnectionSecrets = (
  stage: Stage,
  grantee: IFunction,
  ...actions: readonly SecretAction[]
): Grant => {
  const resourceName = secretNames.prefix(stage.name) + secretNames.connection('*');
  const arn = Stack.of(grantee).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  Validations.of(grantee.role ?? grantee).acknowledge({
    id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${resourceName}]`,
    reason: 'one secret per connection, and connections are made long after the deployment',
  });
  return Grant.addToPrincipal({
    grantee,
    actions: actions.map((action) => `secretsmanager:${action}`),
    resourceArns: [arn],
  });
};

/** What every function that calls Klaviyo needs: settings, permits, and the app that signs for tokens. */
export const grantCallingKlaviyo = (data: DataStack, grantee: IFunction): void => {
  grantItems(data.connections, grantee);
  grantItems(data.quotas, grantee);
  Grant.addToPrincipal({
    grantee,
    actions: ['secretsmanager:GetSecretValue'],
    resourceArns: [data.oauthApp.secretArn],
  });
};

/**
 * For those that call with stored credentials. Whoever finds a token expired refreshes it on the
 * spot, and has to replace it: Klaviyo may have spent the one before.
 */
export const grantRefreshing = (stage: Stage, grantee: IFunction): Grant =>
  grantConnectionSecrets(stage, grantee, 'GetSecretValue', 'PutSecretValue');

/** For the one that connects accounts: it stores what it was given, and reads nobody's. */
export const grantConnecting = (stage: Stage, grantee: IFunction): Grant =>
  grantConnectionSecrets(stage, grantee, 'CreateSecret', 'PutSecretValue');
