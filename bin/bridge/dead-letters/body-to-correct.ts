/** A dead letter's body, as a line of a file to be corrected by hand and sent. */
import { withOccurredAt } from '../jobs/with-occurred-at.ts';
import type { DeadLetter } from './dead-letter.ts';

/** Line breaks stand between the tokens of JSON only: without them it is the same. */
const onOneLine = (body: string): string => body.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim();

const lacksTime = (body: string): boolean => {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return Object.keys(value).length > 0 && !('occurredAt' in value);
  } catch {
    return false; // to be corrected as it is
  }
};

/**
 * One line. A job that does not say when it happened is given the time at which it was first sent:
 * sent again as if it were new, it would overtake the changes that came after it.
 */
export const bodyToCorrect = ({ body, queue, firstSentAtMs, isWhole }: DeadLetter): string => {
  const isJob = queue !== 'inbound' && isWhole && lacksTime(body);
  return onOneLine(isJob ? withOccurredAt(body, firstSentAtMs) : body);
};
