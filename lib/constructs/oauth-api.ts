/** The two pages of the OAuth connection, behind a throttled public HTTP API. */
import { Duration, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import {
  type bridgeEnvironment,
  type EnvironmentFor,
  oauthEnvironment,
} from '../../shared/platform/contract/environment.ts';
import type { Stage } from '../stages.ts';
import { NodeFunction } from './node-function.ts';
import { StageLog } from './stage-log.ts';

export interface OAuthApiProps {
  readonly stage: Stage;
  /** All of the function's environment but `PUBLIC_URL`, which is this API's own. */
  readonly environment: EnvironmentFor<typeof bridgeEnvironment>;
}

/** The link's page has a button, which posts. */
const routes = [
  { path: '/oauth/connect', methods: [HttpMethod.GET, HttpMethod.POST] },
  { path: '/oauth/callback', methods: [HttpMethod.GET] },
];

/** A person clicks a link a few times a year: this is for those who try tickets. */
const throttle = { rateLimit: 10, burstLimit: 20 };

/** Without the query string, which holds authorisation codes, states and tickets. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    requestTime: '$context.requestTime',
    sourceIp: '$context.identity.sourceIp',
    route: '$context.routeKey',
    status: '$context.status',
    latencyMs: '$context.responseLatency',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }),
);

/** The HTTP API with its access log, and the function behind both of its routes. */
export class OAuthApi extends Construct {
  readonly oauth: NodeFunction<typeof oauthEnvironment>;
  /** The origin, without a trailing slash. */
  readonly publicUrl: string;
  readonly redirectUri: string;

  constructor(scope: Construct, id: string, { stage, environment }: OAuthApiProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Api', {
      description: `klaviyo-bridge ${stage.name}: connecting Klaviyo accounts`,
      createDefaultStage: false, // it would have neither throttle nor access log
    });
    this.publicUrl = api.apiEndpoint;
    this.redirectUri = `${this.publicUrl}/oauth/callback`;

    const log = new StageLog(this, 'AccessLog', stage);
    api.addStage('DefaultStage', {
      stageName: '$default',
      autoDeploy: true,
      throttle,
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: accessLogFormat },
    });

    this.oauth = new NodeFunction(this, 'Function', {
      name: 'oauth',
      stage,
      environmentSchema: oauthEnvironment,
      environment: { ...environment, PUBLIC_URL: this.publicUrl },
      timeout: Duration.seconds(29), // API Gateway waits for 30
    });
    const integration = new HttpLambdaIntegration('Function', this.oauth);
    for (const route of routes) api.addRoutes({ ...route, integration });
    Validations.of(api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        "a merchant's browser comes with a one-time ticket or state, which the function checks; it has no AWS or other identity that an authoriser could ask for",
    });
  }
}
