/** The messages that a job turns into when it leaves its place in the queue. */
import * as z from 'zod';
import { connectionId } from '../connections/contract.ts';
import { withoutData } from '../klaviyo/index.ts';
import { repeatedSourceTime, type SourceTime } from '../people/contract/source-times.ts';
import { deadLetterAttributes, jobAttributes } from './contract/dead-letters.ts';
import { maxMessageBytes } from './contract/messages.ts';
import type { Delivery, JobMessage } from './job.ts';
import type { Refusal } from './outcome.ts';

export interface OutgoingMessage {
  readonly body: string;
  /** The connection: queues serve their groups fairly. */
  readonly groupId?: string | undefined;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly delaySeconds?: number | undefined;
}

/** JSON may hold these two, XML may not, and neither may what SQS takes. */
const notForSqs = /[\ufffe\uffff]/g;

/** A body of JSON as SQS takes it: with the same content, whatever text is in it. */
export const escapedForSqs = (json: string): string =>
  json.replace(notForSqs, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

/** The same job as a new message: its receive count and its retention start again. */
export const copyOf = (
  { body, groupId, firstSentAtMs }: Delivery,
  {
    failures,
    triedFromMs,
    delaySeconds,
  }: Pick<Delivery, 'failures' | 'triedFromMs'> & { readonly delaySeconds: number },
): OutgoingMessage => ({
  body,
  groupId,
  delaySeconds,
  attributes: {
    [jobAttributes.firstSentAtMs]: String(firstSentAtMs),
    ...(triedFromMs === firstSentAtMs ? {} : { [jobAttributes.triedFromMs]: String(triedFromMs) }),
    [jobAttributes.failures]: String(failures),
  },
});

/** A job that comes of another, or of what one has said: what it says is as old as that. */
export const followUp = (
  message: JobMessage,
  sourceTime: SourceTime & { readonly happenedByMs?: number },
  nowMs: number,
): OutgoingMessage => {
  const { occurredAt, firstSentAtMs } = repeatedSourceTime(sourceTime);
  return {
    body: JSON.stringify({ ...message, occurredAt }),
    groupId: message.connectionId,
    ...(firstSentAtMs !== undefined && {
      attributes: {
        [jobAttributes.firstSentAtMs]: String(firstSentAtMs),
        [jobAttributes.triedFromMs]: String(nowMs),
      },
    }),
  };
};

/** Room for the attributes of a dead letter, names and values. */
const attributeBytes = 4_096;

const idLabel = connectionId.optional().catch(undefined);
const typeLabel = z
  .string()
  .regex(/^[a-z]{1,32}(\.[a-z]{1,32})?$/)
  .optional()
  .catch(undefined);
/** What can be told of a body that may not be a job at all. */
const labels = z
  .object({ connectionId: idLabel, type: typeLabel })
  .catch({ connectionId: undefined, type: undefined });

const labelsOf = (body: string) => {
  try {
    return labels.parse(JSON.parse(body));
  } catch {
    return labels.parse(undefined);
  }
};

/** Two halves of a text, no character cut in two. */
const halves = (text: string): string[] => {
  const middle = Math.floor(text.length / 2);
  const code = text.charCodeAt(middle);
  const cut = code >= 0xdc00 && code <= 0xdfff ? middle + 1 : middle;
  return [text.slice(0, cut), text.slice(cut)];
};

/** As SQS takes it: no control characters, no half of a character, and of a length that is sane. */
const attributeText = (text: string | undefined): string | undefined =>
  text
    ?.slice(0, 256)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\uFFFE\uFFFF]/gu, '�');

/**
 * The dead letters of a job: one, or its two halves where the body leaves no room for the
 * attributes. They hold all that is needed to send the job back.
 */
export const deadLettersOf = (delivery: Delivery, refusal: Refusal): OutgoingMessage[] => {
  const { body, groupId, firstSentAtMs } = delivery;
  const fits = Buffer.byteLength(body) <= maxMessageBytes - attributeBytes;
  const about = labelsOf(body);
  const parts = fits ? [body] : halves(body);
  return parts.map((part, index) => ({
    body: part,
    groupId,
    attributes: presentOnly({
      [deadLetterAttributes.reason]: refusal.reason,
      [deadLetterAttributes.errorCode]: attributeText(withoutData(refusal.errorCode ?? '')),
      [deadLetterAttributes.pointer]: attributeText(withoutData(refusal.pointer ?? '')),
      [deadLetterAttributes.operation]: refusal.operation,
      [deadLetterAttributes.connectionId]: about.connectionId ?? idLabel.parse(groupId),
      [deadLetterAttributes.jobType]: about.type,
      [deadLetterAttributes.firstSentAtMs]: String(firstSentAtMs),
      [deadLetterAttributes.part]: fits ? undefined : `${delivery.id} ${index + 1}/${parts.length}`,
    }),
  }));
};

/** SQS takes no empty attribute. */
const presentOnly = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
