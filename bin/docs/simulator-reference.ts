/** The generated parts of the simulator's documentation: its operations, and the JSON Schemas. */
import * as z from 'zod';
import type { Operation } from '../../local/klaviyo/control/operation.ts';
import { operations } from '../../local/klaviyo/control/operations.ts';
import { seedAccount, shownAccount } from '../../local/klaviyo/control/shapes/account-shapes.ts';
import { done } from '../../local/klaviyo/control/shapes/basics.ts';
import { seedEvent, shownEvent } from '../../local/klaviyo/control/shapes/event-shapes.ts';
import { seedList, shownList } from '../../local/klaviyo/control/shapes/list-shapes.ts';
import { seedProfile, shownProfile } from '../../local/klaviyo/control/shapes/profile-shapes.ts';
import { settings } from '../../local/klaviyo/control/shapes/settings-shapes.ts';
import { fault, limits, shownDelays } from '../../local/klaviyo/control/shapes/trouble-shapes.ts';
import { renewed } from './generated-part.ts';

/** What more than one shape is made of, and the file of settings. */
const shapes: Readonly<Record<string, z.ZodType>> = {
  settings,
  done,
  fault,
  limits,
  delays: shownDelays,
  account: shownAccount,
  'seed-account': seedAccount,
  profile: shownProfile,
  'seed-profile': seedProfile,
  list: shownList,
  'seed-list': seedList,
  event: shownEvent,
  'seed-event': seedEvent,
};

/** Every schema by the name of its file; one that several operations share has one file. */
const namesOf = (): ReadonlyMap<z.ZodType, string> => {
  const names = new Map(Object.entries(shapes).map(([name, schema]) => [schema, name]));
  const add = (schema: z.ZodType, name: string) => names.has(schema) || names.set(schema, name);
  for (const { name, body, answer } of operations) {
    if (body) add(body, `${name}.body`);
    add(answer, `${name}.answer`);
  }
  return names;
};

const names = namesOf();

/** The text of each schema's file, by its name. One refers to another by the name of its file. */
export const simulatorSchemaFiles = (): ReadonlyMap<string, string> => {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of names) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => `${id}.json` });
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      `${name}.json`,
      `${JSON.stringify({ title: name, ...schema }, null, 2)}\n`,
    ]),
  );
};

const linkTo = (schema: z.ZodType | undefined): string =>
  schema === undefined ? '' : `[${names.get(schema)}](schemas/simulator/${names.get(schema)}.json)`;

const parametersOf = ({ query }: Operation): string =>
  query instanceof z.ZodObject
    ? ` Query: ${Object.keys(query.shape)
        .map((name) => `\`${name}\``)
        .join(', ')}.`
    : '';

const rowOf = (operation: Operation): string => {
  const { key, purpose, body, answer } = operation;
  const does = purpose + parametersOf(operation);
  return `| \`${key}\` | ${does} | ${linkTo(body)} | ${linkTo(answer)} |`;
};

/** docs/simulator.md with its generated part renewed; all else is as it was written. */
export const renewSimulatorPage = (page: string): string => {
  const head = ['| operation | what it does | body | answer |', '|---|---|---|---|'];
  return renewed('docs/simulator.md', page, [...head, ...operations.map(rowOf)].join('\n'));
};
