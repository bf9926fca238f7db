import { describe, expect, it } from 'vitest';
import { resourceAt, resourcesOf, templatesOf } from '../support/stage-templates.ts';

const { bridge } = templatesOf();
const stage = resourceAt(bridge, 'AWS::ApiGatewayV2::Stage', 'OAuth').Properties;
const oauth = resourceAt(bridge, 'AWS::Lambda::Function', 'OAuth').Properties;

describe('the HTTP API', () => {
  it('answers two addresses and no other', () => {
    const routes = Object.values(resourcesOf(bridge, 'AWS::ApiGatewayV2::Route'));
    expect(routes.map(({ Properties }) => Properties.RouteKey).sort()).toEqual([
      'GET /oauth/callback',
      'GET /oauth/connect',
      'POST /oauth/connect',
    ]);
  });

  it('is throttled', () => {
    expect(stage.DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: 10,
      ThrottlingBurstLimit: 20,
    });
  });

  it('logs each access with its status, and never the query string that holds the codes', () => {
    const format = JSON.parse(stage.AccessLogSettings.Format);
    expect(format.status).toBe('$context.status');
    expect(stage.AccessLogSettings.Format).not.toMatch(
      /query|\$context\.path|rawPath|requestOverride/i,
    );
  });

  it("keeps its access log for the stage's time", () => {
    const id = stage.AccessLogSettings.DestinationArn['Fn::GetAtt'][0];
    const log = resourcesOf(bridge, 'AWS::Logs::LogGroup')[id];
    expect(log?.Properties.RetentionInDays).toBe(14);
  });

  it('tells the function its own public address', () => {
    const [api] = Object.keys(resourcesOf(bridge, 'AWS::ApiGatewayV2::Api'));
    const publicUrl = { 'Fn::GetAtt': [api, 'ApiEndpoint'] };
    expect(oauth.Environment.Variables.PUBLIC_URL).toEqual(publicUrl);
  });

  it('waits for the function for as long as it may run', () => {
    expect(oauth.Timeout).toBeLessThan(30);
  });

  it('has one stage, and that is not an open default one', () => {
    expect(Object.keys(resourcesOf(bridge, 'AWS::ApiGatewayV2::Stage'))).toHaveLength(1);
  });
});
