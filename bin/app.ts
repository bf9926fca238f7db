/** The CDK app: `cdk deploy -c stage=prod`, or without the CLI `CDK_OUTDIR=cdk.out node bin/app.ts`. */
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createApp } from '../lib/create-app.ts';
import { InvalidContextError } from '../lib/deployment.ts';
import { UnknownStageError } from '../lib/stages.ts';

try {
  const { app } = createApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof UnknownStageError || error instanceof InvalidContextError)) throw error;
  console.error(error.message); // the person's own slip: the stack trace would only hide it
  process.exitCode = 1;
}
