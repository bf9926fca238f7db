/**
 * The CDK behaviours that this app was written for. They stand here and not in cdk.json, so that
 * `cdk synth`, `node bin/app.ts`, `npm start` and the tests all make the same templates.
 * Changing one can replace a deployed resource.
 */
export const featureFlags = {
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/core:target-partitions': ['aws', 'aws-cn'],
  '@aws-cdk/core:includePrefixInUniqueNameGeneration': true,
  '@aws-cdk/core:aspectPrioritiesMutating': true,
  '@aws-cdk/core:validateAgainstDefaultRules': true,
  '@aws-cdk/core:annotationsInValidationReport': true,
  '@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard': true,
  // An export in use cannot be removed, so no deployment takes a queue away from its consumer.
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
} as const;
