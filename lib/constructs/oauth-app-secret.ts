/** The secret that holds the OAuth app's client id and client secret. */
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

export interface OAuthAppSecretProps {
  /** A fixed name, by contract: the command line and the functions find the secret by it. */
  readonly secretName: string;
  /** The secret outlives the stack. */
  readonly keep: boolean;
}

/** Created without a value, so that reading it before a person has set one fails as "not found". */
export class OAuthAppSecret extends Secret {
  constructor(scope: Construct, id: string, props: OAuthAppSecretProps) {
    super(scope, id, {
      secretName: props.secretName,
      description: "The client id and secret of the stage's Klaviyo OAuth app",
      removalPolicy: props.keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // The construct would fill it with a random password, which looks like a value and is none.
    const resource = this.node.defaultChild;
    if (resource instanceof CfnSecret) resource.generateSecretString = undefined;
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Klaviyo issues the secret of an OAuth app on its own page and has no call to renew it',
    });
  }
}
