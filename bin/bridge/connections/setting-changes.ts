/** Settings by name: `throttle.share=0.5`, checked by the connection's own schema. */
import type * as z from 'zod';
import {
  type ConnectionDefaults,
  type ConnectionSettings,
  connectionSettings,
} from '../../../shared/connections/contract.ts';
import { UsageFailure } from '../failure.ts';
import { plainWords } from '../plain-words.ts';

export interface SettingChange {
  /** Such as `throttle.share`. */
  readonly key: string;
  /** Undefined: back to its default. */
  readonly value: unknown;
}

/** What makes the connection what it is, or changes by commands of its own. */
const fixed = new Set(['connectionId', 'status', 'auth', 'accountId']);

const objectIn = (schema: z.core.$ZodType): z.ZodObject | undefined => {
  const { def } = schema._zod as { def: { type: string; innerType?: z.core.$ZodType } };
  if (def.type === 'object') return schema as z.ZodObject;
  return def.innerType === undefined ? undefined : objectIn(def.innerType);
};

const keysOf = (schema: z.ZodObject, prefix = ''): string[] =>
  Object.entries(schema.shape).flatMap(([name, inner]) => {
    const nested = objectIn(inner);
    return nested === undefined ? [prefix + name] : keysOf(nested, `${prefix}${name}.`);
  });

/** Every setting that may be changed. */
export const settingKeys: readonly string[] = keysOf(connectionSettings).filter(
  (key) => !fixed.has(key),
);

const literal = /^(true|false|-?\d+(\.\d+)?)$/;

/**
 * `key=value`; without a value, the default.
 * @throws UsageFailure that lists the keys there are.
 */
export const parseSettingChange = (text: string): SettingChange => {
  const [key = '', ...rest] = text.split('=');
  if (rest.length === 0)
    throw new UsageFailure('a change is written key=value, such as revision=2026-01-15');
  if (!settingKeys.includes(key))
    throw new UsageFailure(`no setting is called ${key}; there are ${settingKeys.join(', ')}`);
  const value = rest.join('=');
  if (value === '') return { key, value: undefined };
  return { key, value: literal.test(value) ? JSON.parse(value) : value };
};

const valueAt = (settings: object, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    settings,
  );

const withChange = (settings: object, [name = '', ...rest]: string[], value: unknown): object => {
  const before = (settings as Record<string, unknown>)[name];
  const after = rest.length === 0 ? value : withChange(before ?? {}, rest, value);
  return { ...settings, [name]: after };
};

/**
 * The settings with the changes made. A change without a value takes it from the stage's defaults,
 * and where they name none, from the schema.
 * @throws UsageFailure that names the setting whose value cannot be.
 */
export const changeSettings = (
  settings: object,
  changes: readonly SettingChange[],
  defaults: ConnectionDefaults = {},
): ConnectionSettings => {
  const changed = changes.reduce((before, { key, value }) => {
    const path = key.split('.');
    return withChange(before, path, value ?? valueAt(defaults, path));
  }, settings);
  const parsed = connectionSettings.safeParse(changed, { error: plainWords });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UsageFailure(problems.join('; '));
};
