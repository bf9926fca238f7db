/** As much of AWS as a command needs to find a stage; what else it asks for, a test answers. */
import { type ReceivedRequest, startHttpServer, type TestServer } from './http-server.ts';

export interface AwsAnswer {
  /** @default 200 */
  readonly status?: number;
  readonly body: object;
  /** @default at once */
  readonly afterMs?: number;
}

/** By operation, such as `SendMessageBatch`; an empty answer to all others. */
export type AwsAnswers = Readonly<Record<string, (request: ReceivedRequest) => AwsAnswer>>;

const queues = ['Customers', 'Lists', 'Events', 'Inbound'];
const names = ['ConnectionsTableName', 'LinksTableName', 'QuotasTableName', 'OAuthAppSecretName'];

const stackOf = (url: string): string => {
  const urls = queues.flatMap((queue) => [`${queue}QueueUrl`, `${queue}DeadLettersUrl`]);
  const outputs = [
    ...[...names, 'PollFunctionName'].map((name) => [name, name]),
    ...[...urls, 'PublicUrl', 'OAuthRedirectUri'].map((name) => [name, `${url}/${name}`]),
  ];
  const members = outputs.map(
    ([key, value]) =>
      `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
};

/** Any stage is there, with all of its outputs. */
export const startAwsStandIn = (answers: AwsAnswers): Promise<TestServer> =>
  startHttpServer((request, response) => {
    const [, operation] = String(request.headers['x-amz-target'] ?? '').split('.');
    if (operation === undefined) {
      response.end(stackOf(`http://${request.headers.host}`));
      return;
    }
    const { status = 200, body, afterMs = 0 } = answers[operation]?.(request) ?? { body: {} };
    setTimeout(() => response.writeHead(status).end(JSON.stringify(body)), afterMs);
  });
