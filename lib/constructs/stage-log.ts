/** A log group as every one of ours is: it forgets after the stage's time, and not with its stack. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Stage } from '../stages.ts';

/** What a function or an API did is worth most after it was taken away, perhaps by mistake. */
export class StageLog extends LogGroup {
  constructor(scope: Construct, id: string, { logRetention, keepData }: Stage) {
    super(scope, id, {
      retention: logRetention,
      removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
