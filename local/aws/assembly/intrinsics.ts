/** CloudFormation's intrinsic functions. */
import * as z from 'zod';

/** What a template's expressions refer to. */
export interface TemplateScope {
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  condition(name: string): boolean;
  importValue(exportName: string): unknown;
  stackOutput(stackName: string, outputName: string): unknown;
  mapping(map: string, key: string, second: string): unknown;
}

/** The value of `AWS::NoValue`: the property that has it is left out. */
export const noValue = Symbol('AWS::NoValue');

type Resolve = (value: unknown) => unknown;
type Intrinsic = (argument: unknown, scope: TemplateScope, resolve: Resolve) => unknown;

const pair = z.tuple([z.unknown(), z.unknown()]);
const stackOutput = z.looseObject({ StackName: z.string(), OutputName: z.string() });
const textWithVariables = z.tuple([z.string(), z.record(z.string(), z.unknown())]);
const dotted = (text: string) => {
  const [logicalId = '', ...name] = text.split('.');
  return [logicalId, name.join('.')] as const;
};

const substitute: Intrinsic = (argument, scope, resolve) => {
  const [text, variables] = textWithVariables.parse(
    typeof argument === 'string' ? [argument, {}] : argument,
  );
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal !== '') return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return String(resolve(variables[name]));
    return String(name.includes('.') ? scope.attribute(...dotted(name)) : scope.ref(name));
  });
};

const getAttribute: Intrinsic = (argument, scope, resolve) => {
  if (typeof argument === 'string') return scope.attribute(...dotted(argument));
  const [logicalId, name] = pair.parse(argument);
  return scope.attribute(String(logicalId), String(resolve(name)));
};

const booleans = (argument: unknown, resolve: Resolve) =>
  z
    .array(z.unknown())
    .parse(argument)
    .map((one) => resolve(one) === true);

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope) => scope.ref(String(argument)),
  Condition: (argument, scope) => scope.condition(String(argument)),
  'Fn::GetAtt': getAttribute,
  'Fn::Sub': substitute,
  'Fn::Join': (argument, _, resolve) => {
    const [delimiter, values] = pair.parse(argument);
    return z.array(z.unknown()).parse(resolve(values)).join(String(delimiter));
  },
  'Fn::Select': (argument, _, resolve) => {
    const [index, values] = pair.parse(argument);
    return z.array(z.unknown()).parse(resolve(values))[Number(resolve(index))];
  },
  'Fn::Split': (argument, _, resolve) => {
    const [delimiter, text] = pair.parse(argument);
    return String(resolve(text)).split(String(delimiter));
  },
  'Fn::Base64': (argument, _, resolve) => Buffer.from(String(resolve(argument))).toString('base64'),
  'Fn::ImportValue': (argument, scope, resolve) => scope.importValue(String(resolve(argument))),
  'Fn::GetStackOutput': (argument, scope, resolve) => {
    const { StackName, OutputName } = stackOutput.parse(resolve(argument));
    return scope.stackOutput(StackName, OutputName);
  },
  'Fn::FindInMap': (argument, scope, resolve) => {
    const [map, key, second] = z.array(z.unknown()).parse(resolve(argument)).map(String);
    return scope.mapping(map ?? '', key ?? '', second ?? '');
  },
  'Fn::If': (argument, scope, resolve) => {
    const [condition, then, otherwise] = z
      .tuple([z.string(), z.unknown(), z.unknown()])
      .parse(argument);
    return resolve(scope.condition(condition) ? then : otherwise);
  },
  'Fn::Equals': (argument, _, resolve) => {
    const [left, right] = pair.parse(argument);
    return resolve(left) === resolve(right);
  },
  'Fn::Not': (argument, _, resolve) => !booleans(argument, resolve)[0],
  'Fn::And': (argument, _, resolve) => booleans(argument, resolve).every(Boolean),
  'Fn::Or': (argument, _, resolve) => booleans(argument, resolve).some(Boolean),
};

const intrinsicOf = (value: object): readonly [string, unknown] | undefined => {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  return Object.hasOwn(intrinsics, entry[0]) || entry[0].startsWith('Fn::') ? entry : undefined;
};

/**
 * The value with every intrinsic function in it replaced by what it gives.
 * @throws Error on an intrinsic function that the host does not know.
 */
export const resolveIntrinsics = (value: unknown, scope: TemplateScope): unknown => {
  const resolve: Resolve = (inner) => resolveIntrinsics(inner, scope);
  if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== noValue);
  if (typeof value !== 'object' || value === null) return value;
  const found = intrinsicOf(value);
  if (found !== undefined) {
    const [name, argument] = found;
    const intrinsic = intrinsics[name];
    if (intrinsic !== undefined) return intrinsic(argument, scope, resolve);
    throw new Error(
      `local/aws does not know ${name}; it knows ${Object.keys(intrinsics).join(', ')}`,
    );
  }
  const resolved = Object.entries(value).map(([key, inner]) => [key, resolve(inner)] as const);
  return Object.fromEntries(resolved.filter(([, inner]) => inner !== noValue));
};
