/** What SQS takes as a message: characters, sizes and attributes. */
import * as z from 'zod';
import { ServiceError } from '../gateway/service-error.ts';
import type { NewMessage } from './message.ts';

/** Any Unicode character that XML 1.0 allows: no control characters, no lone surrogates. */
const invalidCharacter = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

const maxAttributes = 10;

const messageAttribute = z
  .strictObject({
    DataType: z.string().regex(/^(String|Number|Binary)(\..{1,200})?$/),
    StringValue: z.string().min(1).optional(),
    BinaryValue: z.base64().min(1).optional(),
  })
  .refine(
    ({ DataType, BinaryValue, StringValue }) =>
      DataType.startsWith('Binary') ? BinaryValue !== undefined : StringValue !== undefined,
    'must contain a non-empty value of its DataType',
  );

const attributeName = z.string().regex(/^(?!aws\.|amazon\.)(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/i);

/** The part of SendMessage's request that a batch's entries have too. */
export const messageFields = {
  MessageBody: z.string(),
  MessageAttributes: z.record(attributeName, messageAttribute).default({}),
  DelaySeconds: z.int().min(0).max(900).optional(),
  MessageGroupId: z
    .string()
    .regex(/^[\w!-/:-@[-`{-~]{1,128}$/)
    .optional(),
};

const sendable = z.object(messageFields);

export const toNewMessage = (input: z.output<typeof sendable>): NewMessage => ({
  body: input.MessageBody,
  attributes: input.MessageAttributes,
  groupId: input.MessageGroupId,
  ...(input.DelaySeconds === undefined ? {} : { delaySeconds: input.DelaySeconds }),
});

/** Body and attributes in bytes, as SQS counts them. */
export const bytesOf = ({ body, attributes }: NewMessage): number => {
  let bytes = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue = '', BinaryValue = '' }] of Object.entries(attributes))
    bytes +=
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      Buffer.byteLength(StringValue) +
      Buffer.byteLength(BinaryValue, 'base64');
  return bytes;
};

/** @throws ServiceError as SQS refuses the message. */
export const checkMessage = (message: NewMessage, maxBytes: number): void => {
  const { body, attributes } = message;
  if (body === '')
    throw new ServiceError(
      'MissingParameter',
      'The request must contain the parameter MessageBody.',
    );
  const values = Object.values(attributes).map(({ StringValue = '' }) => StringValue);
  if ([body, ...values].some((text) => invalidCharacter.test(text)))
    throw new ServiceError(
      'InvalidMessageContents',
      'Invalid binary character in the message body or an attribute, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  if (values.length > maxAttributes)
    throw new ServiceError(
      'InvalidParameterValue',
      `Number of message attributes [${values.length}] exceeds the allowed maximum [${maxAttributes}].`,
    );
  if (bytesOf(message) > maxBytes)
    throw new ServiceError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`,
    );
};
