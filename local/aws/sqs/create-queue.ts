/** The life of a queue's messages: delayed, ready, in flight, and gone. */
import { randomUUID } from 'node:crypto';
import { ServiceError } from '../gateway/service-error.ts';
import { createDeadlineHeap } from './deadline-heap.ts';
import { createFairLine } from './fair-line.ts';
import { createLongPolls, type Taken } from './long-polls.ts';
import type { Message, Received } from './message.ts';
import type { Queue, QueueDependencies, QueueSettings, ReceiveRequest } from './queue.ts';
import { decodeReceipt, toReceived } from './receipt.ts';

/** SQS's longest: the time that one delivery may stay hidden, however often it is extended. */
const longestVisibilityMs = 12 * 3_600 * 1_000;

/** Late enough that the two deliveries are not in one batch. */
const repeatAfterSeconds = 1;

const groupOf = ({ groupId }: Message) => groupId ?? '';

let lastSerial = 0;
const nextSerial = () => {
  lastSerial += 1;
  return lastSerial;
};

export const createQueue = (settings: QueueSettings, dependencies: QueueDependencies): Queue => {
  const { now = Date.now, deadLetters, deliversTwice = () => false, pick } = dependencies;
  const messages = new Map<number, Message>();
  const expiring = createDeadlineHeap<Message>();
  const hidden = createDeadlineHeap<Message>();
  const line = createFairLine<Message>(pick);
  const counts = { delayed: 0, ready: 0, inFlight: 0, gone: 0 };

  const enter = (message: Message, state: Message['state']) => {
    counts[message.state] -= 1;
    counts[state] += 1;
    if (message.state === 'inFlight') line.countInFlight(groupOf(message), -1);
    if (state === 'inFlight') line.countInFlight(groupOf(message), 1);
    message.state = state;
  };
  const drop = (message: Message) => {
    enter(message, 'gone');
    expiring.delete(message);
    hidden.delete(message);
    messages.delete(message.serial);
  };
  const makeReady = (message: Message) => {
    enter(message, 'ready');
    line.add(message, groupOf(message));
  };
  /** What time has done by now: old messages are gone, hidden ones can be received again. */
  const catchUp = () => {
    const nowMs = now();
    for (let old = expiring.takeDue(nowMs); old !== undefined; old = expiring.takeDue(nowMs))
      drop(old);
    for (let due = hidden.takeDue(nowMs); due !== undefined; due = hidden.takeDue(nowMs))
      makeReady(due);
  };

  const add = (message: Message, delaySeconds: number) => {
    messages.set(message.serial, message);
    expiring.set(message, message.sentAtMs + settings.retentionSeconds * 1_000);
    counts[message.state] += 1;
    if (delaySeconds === 0) makeReady(message);
    else {
      enter(message, 'delayed');
      hidden.set(message, now() + delaySeconds * 1_000);
    }
    polls.wake();
  };
  const copy = (message: Message): Message => ({ ...message, serial: nextSerial(), state: 'gone' });

  const deliver = (message: Message, visibilityTimeoutSeconds: number): Received => {
    if (!message.isRepeat && deliversTwice())
      add({ ...copy(message), isRepeat: true }, repeatAfterSeconds);
    message.receiveCount += 1;
    message.lastReceivedAtMs = now();
    message.firstReceivedAtMs ??= now();
    enter(message, 'inFlight');
    hidden.set(message, now() + visibilityTimeoutSeconds * 1_000);
    return toReceived(settings.name, message);
  };
  /** Moves a message that was received too often to the dead letters. */
  const giveUp = (message: Message): boolean => {
    const { redrive, arn } = settings;
    if (redrive === undefined || message.receiveCount < redrive.maxReceiveCount) return false;
    drop(message);
    deadLetters()?.adopt(message, arn);
    return true;
  };
  const take = ({ max, visibilityTimeoutSeconds, accepts }: ReceiveRequest): Taken => {
    catchUp();
    const batch: Received[] = [];
    while (batch.length < max) {
      const message = line.take();
      if (message === undefined) return { batch, ended: false };
      if (message.state !== 'ready' || giveUp(message)) continue;
      if (accepts?.(message) === false) {
        line.putBack(message, groupOf(message));
        return { batch, ended: true };
      }
      batch.push(deliver(message, visibilityTimeoutSeconds ?? settings.visibilityTimeoutSeconds));
    }
    return { batch, ended: false };
  };
  const polls = createLongPolls({ take, now, nextAtMs: () => hidden.nextAtMs });

  /** The message of a receipt handle, unless it is deleted or was delivered again since. */
  const find = (receiptHandle: string): Message | undefined => {
    catchUp();
    const { serial, receiveCount } = decodeReceipt(settings.name, receiptHandle);
    const message = messages.get(serial);
    return message?.receiveCount === receiveCount ? message : undefined;
  };
  const hide = (message: Message, timeoutSeconds: number) => {
    const untilMs = now() + timeoutSeconds * 1_000;
    if (untilMs - message.lastReceivedAtMs > longestVisibilityMs)
      throw new ServiceError(
        'InvalidParameterValue',
        `Value ${timeoutSeconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].`,
      );
    hidden.set(message, untilMs);
    polls.wake();
  };

  return {
    settings,
    send({ delaySeconds = settings.delaySeconds, ...message }) {
      const id = randomUUID();
      const unread = { receiveCount: 0, firstReceivedAtMs: undefined, lastReceivedAtMs: 0 };
      const sentAtMs = now();
      add(
        { ...message, ...unread, id, serial: nextSerial(), sentAtMs, state: 'gone' },
        delaySeconds,
      );
      return id;
    },
    async receive(request) {
      const { batch, ended } = take(request);
      if (batch.length > 0 || ended || request.waitMs <= 0) return batch;
      return request.signal?.aborted ? [] : polls.wait(request);
    },
    delete(receiptHandle) {
      const message = find(receiptHandle);
      if (message !== undefined) drop(message);
    },
    changeVisibility(receiptHandle, timeoutSeconds) {
      const message = find(receiptHandle);
      if (message === undefined)
        throw new ServiceError(
          'InvalidParameterValue',
          `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
        );
      if (message.state !== 'inFlight')
        throw new ServiceError('MessageNotInflight', 'The message referred to is not in flight.');
      hide(message, timeoutSeconds);
    },
    purge() {
      for (const message of messages.values()) drop(message);
    },
    depth() {
      catchUp();
      return { visible: counts.ready, inFlight: counts.inFlight, delayed: counts.delayed };
    },
    adopt: (message, sourceArn) => add({ ...copy(message), deadLetterSourceArn: sourceArn }, 0),
    close: polls.close,
  };
};
