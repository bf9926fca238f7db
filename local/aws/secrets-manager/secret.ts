/** A secret and its versions. */

/** Binary values in base64, as the protocol has them. */
export interface SecretValue {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
}

export interface SecretVersion {
  readonly id: string;
  readonly value: SecretValue;
  readonly createdAtMs: number;
  readonly stages: Set<string>;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  description: string | undefined;
  tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly createdAtMs: number;
  changedAtMs: number;
  /** Set while the secret waits to be deleted: it can be restored, and not be read. */
  deletedAtMs: number | undefined;
  readonly versions: Map<string, SecretVersion>;
}

export const current = 'AWSCURRENT';
const previous = 'AWSPREVIOUS';

export const versionOf = (secret: Secret, stage: string): SecretVersion | undefined =>
  [...secret.versions.values()].find(({ stages }) => stages.has(stage));

const moveStage = (secret: Secret, stage: string, to: SecretVersion) => {
  const from = versionOf(secret, stage);
  if (from === to) return;
  from?.stages.delete(stage);
  to.stages.add(stage);
  if (stage === current && from !== undefined) moveStage(secret, previous, from);
};

/** Adds a version and gives it its stages; what was current becomes the previous one. */
export const addVersion = (
  secret: Secret,
  id: string,
  value: SecretValue,
  stages: readonly string[] = [current],
): SecretVersion => {
  const version: SecretVersion = { id, value, createdAtMs: Date.now(), stages: new Set() };
  secret.versions.set(id, version);
  for (const stage of stages) moveStage(secret, stage, version);
  secret.changedAtMs = Date.now();
  return version;
};
