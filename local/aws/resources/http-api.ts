/** AWS::ApiGatewayV2: Api, Stage, Integration and Route of HTTP APIs in front of functions. */
import * as z from 'zod';
import type { HttpApi } from '../http-api/http-api.ts';
import type { HostServices } from './host-services.ts';
import { deployedResource, type ResourceKind } from './resource-kind.ts';

const apiProperties = z.looseObject({
  ProtocolType: z.literal('HTTP', 'local/aws runs HTTP APIs alone'),
  CorsConfiguration: z.undefined('local/aws answers no CORS preflight').optional(),
});

const integrationProperties = z.looseObject({
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0', 'local/aws speaks payload format 2.0 alone'),
});

const routeProperties = z.looseObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string().startsWith('integrations/'),
  AuthorizationType: z.literal('NONE', 'local/aws runs no authorizers').optional(),
});

const stageProperties = z.looseObject({ ApiId: z.string(), StageName: z.string() });

/** The id of an API, known before its template is read. */
export const httpApiIdOf = (stack: string, logicalId: string): string => `${stack}-${logicalId}`;

const findApi = (host: HostServices, id: string): HttpApi => {
  const api = host.httpApis.get(id);
  if (api !== undefined) return api;
  throw new Error(`there is no HTTP API ${id}`);
};

export const apiKind: ResourceKind = (properties, { stack, logicalId }, host) => {
  apiProperties.parse(properties);
  const { id, endpoint, close } = findApi(host, httpApiIdOf(stack, logicalId));
  host.lifecycle.removes(() => host.httpApis.delete(id) && close());
  return deployedResource(id, { ApiEndpoint: endpoint, ApiId: id });
};

/** An integration's id is the name of its function: that is all a route needs of it. */
export const integrationKind: ResourceKind = (properties, _, host) => {
  const { IntegrationUri } = integrationProperties.parse(properties);
  return deployedResource(host.functions.find(IntegrationUri).settings.name);
};

export const routeKind: ResourceKind = (properties, { logicalId }, host) => {
  const { ApiId, RouteKey, Target } = routeProperties.parse(properties);
  const target = host.functions.find(Target.replace('integrations/', ''));
  findApi(host, ApiId).addRoute({ key: RouteKey, target });
  return deployedResource(logicalId);
};

export const stageKind: ResourceKind = (properties, _, host) => {
  const { ApiId, StageName } = stageProperties.parse(properties);
  findApi(host, ApiId).addStage(StageName);
  return deployedResource(StageName);
};
