/** From a job's text to its value, and what would be lost of it on the way. */
import { type JsonFault, parseStrictly } from '../../../shared/jobs/strict-json.ts';
import { faultAt, type Issue } from './describe-issues.ts';

const severalLines =
  'begins a job of several lines: write each job on one, or all of them as one JSON array';

const words: Readonly<Record<JsonFault['code'], string>> = {
  lost_number: 'is a number that does not keep its digits: send it as text',
  duplicate_key: 'is there twice',
  unsafe_key: 'no field may be called this',
};

/** `problem` completes the sentence "line 3 …". The parser's own words would quote the text. */
export const readJob = (
  text: string,
):
  | { readonly value: unknown; readonly issues: readonly Issue[] }
  | { readonly problem: string } => {
  try {
    const { value, faults } = parseStrictly(text);
    return { value, issues: faults.map(({ code, path }) => faultAt(path, words[code])) };
  } catch (error) {
    if (/^[[{]$/.test(text)) return { problem: severalLines };
    const position = /at position (\d+)/.exec((error as Error).message)?.[1];
    const place = position === undefined ? '' : `, at its character ${Number(position) + 1}`;
    return { problem: `is not JSON${place}` };
  }
};
