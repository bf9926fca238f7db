/** Characters that are none: what is left of text that was decoded or cut wrongly on its way here. */
import { faultAt, type Issue } from './describe-issues.ts';

const broken = /[\ufffe\uffff]|\p{Cs}/u;
/** As they are, or escaped; whole characters may be escaped in halves. */
const mayBeBroken = /[\ufffe\uffff]|\\u(?:fff[ef]|d[89a-f])/i;
const message = 'holds U+FFFE, U+FFFF or half of a character: SQS does not take that';

interface Place {
  readonly value: unknown;
  readonly name: string;
  readonly within: Place | undefined;
}

const pathTo = (place: Place | undefined): string[] => {
  const path: string[] = [];
  for (let at = place; at?.within !== undefined; at = at.within) path.unshift(at.name);
  return path;
};

/** The first text of a job that is broken, by its field. */
export const brokenTextIn = (text: string, job: unknown): Issue[] => {
  if (!mayBeBroken.test(text)) return [];
  const waiting: Place[] = [{ value: job, name: '', within: undefined }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, name } = next;
    if (broken.test(name) || (typeof value === 'string' && broken.test(value)))
      return [faultAt(pathTo(next), message)];
    if (typeof value !== 'object' || value === null) continue;
    for (const [inner, member] of Object.entries(value))
      waiting.push({ value: member, name: inner, within: next });
  }
  return [];
};
