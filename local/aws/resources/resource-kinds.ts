/** The types of resources that the host runs. Whatever is not here is listed as not run. */
import { eventSourceMappingKind } from './event-source-mapping.ts';
import { apiKind, integrationKind, routeKind, stageKind } from './http-api.ts';
import { lambdaFunctionKind } from './lambda-function.ts';
import { queueKind } from './queue.ts';
import type { ResourceKind } from './resource-kind.ts';
import { ruleKind, scheduleKind } from './schedule.ts';
import { secretKind } from './secret.ts';
import { tableKind } from './table.ts';

export const resourceKinds: Readonly<Record<string, ResourceKind>> = {
  'AWS::ApiGatewayV2::Api': apiKind,
  'AWS::ApiGatewayV2::Integration': integrationKind,
  'AWS::ApiGatewayV2::Route': routeKind,
  'AWS::ApiGatewayV2::Stage': stageKind,
  'AWS::DynamoDB::GlobalTable': tableKind,
  'AWS::DynamoDB::Table': tableKind,
  'AWS::Events::Rule': ruleKind,
  'AWS::Lambda::EventSourceMapping': eventSourceMappingKind,
  'AWS::Lambda::Function': lambdaFunctionKind,
  'AWS::Scheduler::Schedule': scheduleKind,
  'AWS::SecretsManager::Secret': secretKind,
  'AWS::SQS::Queue': queueKind,
};
