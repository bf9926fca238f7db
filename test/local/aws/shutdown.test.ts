import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Definition, synthesize } from '../../support/local-stack.ts';

let folder: string;
let assemblyFolder: string;

const source = `
export const handler = async () => {
  console.log(JSON.stringify({ pid: process.pid }));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
};
`;

const define = ({ stack, addFunction }: Definition) => {
  const queue = new Queue(stack, 'Jobs', { visibilityTimeout: Duration.minutes(1) });
  const busy = addFunction('Busy', source, { timeout: Duration.minutes(1) });
  busy.addEventSource(new SqsEventSource(queue));
  new Schedule(stack, 'Tick', {
    schedule: ScheduleExpression.rate(Duration.minutes(1)),
    target: new LambdaInvoke(busy),
  });
  const api = new HttpApi(stack, 'Api');
  api.addRoutes({ path: '/', integration: new HttpLambdaIntegration('Integration', busy) });
  const partitionKey = { name: 'pk', type: AttributeType.STRING };
  new Table(stack, 'Table', { partitionKey });
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shutdown-'));
  assemblyFolder = synthesize(folder, define);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A process that has ended may stay listed as a zombie until its new parent looks. */
const isAlive = (pid: number) => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
};

/** A program that starts the host, lets a function begin, and then does as it is told. */
const startProgram = async () => {
  const program = fork(new URL('../../support/local-aws-program.ts', import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, ASSEMBLY_FOLDER: assemblyFolder },
  });
  const [report] = await once(program, 'message');
  return { program, functionPid: Number(report.pid), readyAfterMs: Number(report.readyAfterMs) };
};

test('the host is ready within seconds', async () => {
  const { program, readyAfterMs } = await startProgram();
  expect(readyAfterMs).toBeLessThan(30_000);
  program.send('close');
  await once(program, 'exit');
});

test('after close nothing keeps the process alive, and no function is left', async () => {
  const { program, functionPid } = await startProgram();
  expect(isAlive(functionPid)).toBe(true);
  const askedAtMs = Date.now();
  program.send('close');
  const [code] = await once(program, 'exit');
  expect(code).toBe(0);
  expect(Date.now() - askedAtMs).toBeLessThan(15_000);
  expect(isAlive(functionPid)).toBe(false);
});

test('when the host is killed, its functions end by themselves', async () => {
  const { program, functionPid } = await startProgram();
  program.kill('SIGKILL');
  await expect.poll(() => isAlive(functionPid)).toBe(false);
});
