/** A message in a queue, and a message as it was handed to a consumer. */

/** A message attribute as SQS's JSON protocol has it; binary values in base64. */
interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What a producer sends, checked. */
export interface NewMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly groupId?: string | undefined;
  readonly delaySeconds?: number | undefined;
}

export interface Message extends NewMessage {
  /** Unique in the process: a message that is delivered twice exists twice under one `id`. */
  readonly serial: number;
  readonly id: string;
  readonly sentAtMs: number;
  /** The queue that it was moved from, once it is a dead letter. */
  readonly deadLetterSourceArn?: string | undefined;
  /** The second delivery of a message that is delivered twice. */
  readonly isRepeat?: boolean;
  state: 'delayed' | 'ready' | 'inFlight' | 'gone';
  receiveCount: number;
  firstReceivedAtMs: number | undefined;
  lastReceivedAtMs: number;
}

/** One delivery of a message. */
export interface Received {
  readonly id: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: MessageAttributes;
  /** None where there are no attributes. */
  readonly md5OfAttributes: string | undefined;
  /** SQS's own attributes of the message, by AWS's names. */
  readonly systemAttributes: Readonly<Record<string, string>>;
}
