/** CloudFormation's DescribeStacks in its query protocol: how a command line finds the outputs. */
import * as z from 'zod';
import type { Reply, Route } from '../gateway/exchange.ts';
import type { DeployedStack, StackOutput } from './deployed-stack.ts';

const namespace = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

const request = z.strictObject({
  Action: z.literal('DescribeStacks'),
  Version: z.string(),
  StackName: z.string().optional(),
});

type Xml = string | undefined | readonly Xml[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeXml = (text: string) =>
  text.replace(/[&<>]/g, (character) => entities[character] ?? '');
/** An element, or nothing where there is no content. */
const element = (name: string, content: Xml): string =>
  content === undefined ? '' : `<${name}>${[content].flat(9).join('')}</${name}>`;
const text = (name: string, value: string | undefined) =>
  element(name, value === undefined ? undefined : escapeXml(value));

const outputXml = ({ key, value, description, exportName }: StackOutput) =>
  element('member', [
    text('OutputKey', key),
    text('OutputValue', value),
    text('Description', description),
    text('ExportName', exportName),
  ]);

const stackXml = (stack: DeployedStack) =>
  element('member', [
    text('StackName', stack.name),
    text('StackId', stack.id),
    text('Description', stack.description),
    text('CreationTime', stack.createdAt.toISOString()),
    text('StackStatus', 'CREATE_COMPLETE'),
    element('Outputs', stack.outputs.map(outputXml)),
  ]);

const reply = (statusCode: number, body: string): Reply => ({
  statusCode,
  headers: { 'content-type': 'text/xml' },
  body,
});

const refuse = (message: string) =>
  reply(
    400,
    `<ErrorResponse xmlns="${namespace}">${element('Error', [
      text('Type', 'Sender'),
      text('Code', 'ValidationError'),
      text('Message', message),
    ])}</ErrorResponse>`,
  );

const describe = (stacks: readonly DeployedStack[], form: URLSearchParams): Reply => {
  const parsed = request.safeParse(Object.fromEntries(form));
  if (!parsed.success) {
    const problem = z.prettifyError(parsed.error);
    return refuse(`local/aws runs CloudFormation's DescribeStacks alone: ${problem}`);
  }
  const { StackName: wanted } = parsed.data;
  const found = stacks.filter(({ name, id }) => [undefined, name, id].includes(wanted));
  if (found.length === 0 && wanted !== undefined)
    return refuse(`Stack with id ${wanted} does not exist`);
  const result = element('DescribeStacksResult', element('Stacks', found.map(stackXml)));
  return reply(
    200,
    `<DescribeStacksResponse xmlns="${namespace}">${result}</DescribeStacksResponse>`,
  );
};

const isForm = (contentType: string | undefined) =>
  contentType?.startsWith('application/x-www-form-urlencoded') ?? false;

export const createCloudFormationRoute = (stacks: () => readonly DeployedStack[]): Route => ({
  takes: ({ headers }) =>
    isForm(headers['content-type']) && /\/cloudformation\//.test(headers.authorization ?? ''),
  handle: async ({ body }) => describe(stacks(), new URLSearchParams(body.toString())),
});
