/** What goes to DynamoDB in writes: each item's key, and the attributes that it gets or loses. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

type Values = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface RecordedWrite {
  readonly table: string;
  readonly key: readonly string[];
  readonly attributes: readonly string[];
  /** Of those that are put or set. */
  readonly values: Values;
}

interface Input {
  readonly TableName?: string;
  readonly Item?: Values;
  readonly Key?: Values;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Values;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
}

const writeOf = (
  table: string,
  { pk, sk, ...values }: Values,
  removed: readonly string[] = [],
): RecordedWrite => ({
  table,
  key: [pk, sk].flatMap((part) => (part === undefined ? [] : [String(part.S)])),
  attributes: [...Object.keys(values), ...removed],
  values,
});

/** `SET a = :a, #b = :b REMOVE c` */
const updateOf = ({
  TableName = '',
  Key,
  UpdateExpression = '',
  ...rest
}: Input): RecordedWrite => {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = rest;
  const [, set = '', remove = ''] =
    /^(?:SET (.*?))?\s*(?:REMOVE (.*))?$/.exec(UpdateExpression) ?? [];
  const sets = [...set.matchAll(/(?:^|, )(#?\w+) = ([^,(]+)/g)].map(
    ([, name = '', value = '']) => [names[name] ?? name, values[value.trim()] ?? {}] as const,
  );
  const removed = remove.split(', ').filter((name) => name !== '');
  return writeOf(TableName, { ...Key, ...Object.fromEntries(sets) }, removed);
};

const writesOf = (input: Input): RecordedWrite[] => {
  const { TableName = '', Item, UpdateExpression, RequestItems = {} } = input;
  if (Item !== undefined) return [writeOf(TableName, Item)];
  if (UpdateExpression !== undefined) return [updateOf(input)];
  return Object.entries(RequestItems).flatMap(([table, requests]) =>
    (Array.isArray(requests) ? requests : []).flatMap(({ PutRequest }) =>
      PutRequest === undefined ? [] : [writeOf(table, PutRequest.Item)],
    ),
  );
};

/** The client, with all that is written through it, and the stores that did. */
export const recordWrites = (client: Pick<DynamoDBClient, 'send'>) => {
  const writes: RecordedWrite[] = [];
  const writers = new Set<string>();
  return {
    writes,
    /** By their files. */
    writers,
    client: {
      send: ((command: { readonly input: Input }) => {
        const own = writesOf(command.input);
        writes.push(...own);
        const { stack = '' } = own.length > 0 ? new Error() : {};
        for (const [file] of stack.matchAll(/shared\/\S+\.dynamodb\.ts/g)) writers.add(file);
        return client.send(command as never);
      }) as typeof client.send,
    },
  };
};
