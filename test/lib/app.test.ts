import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stageNames } from '../../lib/stages.ts';
import { createTestApp } from '../support/stage-templates.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'klaviyo-bridge-app-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runApp = (context: object) =>
  spawnSync(process.execPath, ['bin/app.ts'], {
    cwd: join(import.meta.dirname, '..', '..'),
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      CDK_OUTDIR: join(folder, 'cdk.out'),
      CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context }),
    },
  });

describe('bin/app.ts', () => {
  it('synthesizes without the CLI', () => {
    const { status, stderr } = runApp({ stage: 'prod' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(readdirSync(join(folder, 'cdk.out'))).toEqual(
      expect.arrayContaining([
        'klaviyo-bridge-prod-data.template.json',
        'klaviyo-bridge-prod.template.json',
      ]),
    );
  });

  it('refuses an unknown stage in one line', () => {
    const { status, stderr } = runApp({ stage: 'staging' });
    expect(stderr).toBe('no stage is called "staging": use -c stage=dev|prod|local|check\n');
    expect(status).toBe(1);
  });
});

describe('the AwsSolutions checks', () => {
  it.each(stageNames)('find nothing on %s that is not acknowledged with its reason', (stage) => {
    const { app } = createTestApp({ stage });
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it('end the synthesis where they find something', () => {
    const { app, data } = createTestApp({ outdir: join(folder, 'refused') });
    new Bucket(data, 'Open');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).toThrow(/AwsSolutions-S10/);
  });
});
