/** One standard queue, as the rest of the host sees it. */
import type { Message, NewMessage, Received } from './message.ts';

export interface QueueSettings {
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  /** Body and attributes together. */
  readonly maxMessageBytes: number;
  readonly receiveWaitSeconds: number;
  readonly redrive?:
    | { readonly deadLetterArn: string; readonly maxReceiveCount: number }
    | undefined;
}

export interface QueueDependencies {
  /** @default the system's clock */
  readonly now?: () => number;
  readonly deadLetters: () => Queue | undefined;
  /** Whether a message that is delivered stays, to be delivered once more. @default never */
  readonly deliversTwice?: () => boolean;
  /** Which of the messages that wait in a group comes next. @default the first */
  readonly pick?: (waiting: number) => number;
}

export interface ReceiveRequest {
  readonly max: number;
  /** How long to wait for the first message. */
  readonly waitMs: number;
  /** @default the queue's */
  readonly visibilityTimeoutSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether the next message still fits; the first that does not ends the batch and stays. */
  readonly accepts?: (message: Message) => boolean;
}

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export interface Queue {
  readonly settings: QueueSettings;
  /** Gives the message's id. */
  send(message: NewMessage): string;
  receive(request: ReceiveRequest): Promise<readonly Received[]>;
  /** Deletes by the latest receipt handle; an earlier one deletes nothing, as on AWS. */
  delete(receiptHandle: string): void;
  changeVisibility(receiptHandle: string, timeoutSeconds: number): void;
  purge(): void;
  depth(): QueueDepth;
  /** Takes over a message that another queue gave up. */
  adopt(message: Message, sourceArn: string): void;
  /** Ends every wait. */
  close(): void;
}
