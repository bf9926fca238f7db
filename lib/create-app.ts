/** The whole CDK app as a function of a stage: for the CLI, `npm start` and the tests alike. */
import { App } from 'aws-cdk-lib';
import cdkSettings from '../cdk.json' with { type: 'json' };
import { BridgeStack } from './bridge-stack.ts';
import { DataStack } from './data-stack.ts';
import { parseDeployment } from './deployment.ts';
import { defaultStageName, stageNamed } from './stages.ts';

export interface CreateAppOptions {
  /** @default the context's `stage`, else `dev` */
  readonly stage?: string;
  /** Where the cloud assembly goes. @default the CDK's own choice: `CDK_OUTDIR`, else a temporary folder */
  readonly outdir?: string;
  /** Context on top of cdk.json's, whose feature flags hold without the CLI too. `{ 'aws:cdk:bundling-stacks': [] }` leaves the bundling out. */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * Checks the templates against CloudFormation's schemas, which takes a second.
   * @default true
   */
  readonly validate?: boolean;
}

export interface BridgeApp {
  readonly app: App;
  readonly data: DataStack;
  readonly bridge: BridgeStack;
}

/**
 * Makes both stacks of a stage; `app.synth()` writes them.
 * @throws UnknownStageError when there is no such stage.
 * @throws InvalidContextError when an option given in the context cannot be used.
 */
export const createApp = ({
  stage,
  outdir,
  context = {},
  validate = true,
}: CreateAppOptions = {}): BridgeApp => {
  const app = new App({
    context: { ...cdkSettings.context, ...context },
    builtinCloudFormationValidation: validate,
    analyticsReporting: false, // no metadata resource that tells AWS which constructs are used
    ...(outdir === undefined ? {} : { outdir }),
  });
  const settings = stageNamed(stage ?? app.node.tryGetContext('stage') ?? defaultStageName);
  const deployment = parseDeployment((key) => app.node.tryGetContext(key));
  const id = `klaviyo-bridge-${settings.name}`;
  const data = new DataStack(app, `${id}-data`, { stage: settings });
  const bridge = new BridgeStack(app, id, { stage: settings, data, deployment });
  return { app, data, bridge };
};
