/** The digests with which an SDK checks that a message arrived as it was sent. */
import { createHash } from 'node:crypto';
import type { MessageAttributes } from './message.ts';

export const md5OfBody = (body: string): string => createHash('md5').update(body).digest('hex');

const stringValue = 1;
const binaryValue = 2;

/** SQS's digest over the attributes in order of name; none where there are none. */
export const md5OfAttributes = (attributes: MessageAttributes): string | undefined => {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType = '', StringValue, BinaryValue } = attributes[name] ?? {};
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.of(BinaryValue === undefined ? stringValue : binaryValue));
    add(
      BinaryValue === undefined
        ? Buffer.from(StringValue ?? '')
        : Buffer.from(BinaryValue, 'base64'),
    );
  }
  return hash.digest('hex');
};
