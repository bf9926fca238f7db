/** The sessions that a page shows: what is typed, and what is printed. */

export interface ShownCommand {
  /** As it is typed, over several lines where these end in a backslash. */
  readonly command: string;
  /** The lines below it; `…` stands for any number of lines. */
  readonly output: readonly string[];
}

const prompt = '$ ';
/** In a page, for lines that were left out. */
const leftOut = '…';

const commandsOf = (block: string): ShownCommand[] => {
  const commands: { command: string; output: string[] }[] = [];
  for (const line of block.split('\n')) {
    const last = commands.at(-1);
    const goesOn = last?.output.length === 0 && last.command.endsWith('\\');
    if (line.startsWith(prompt)) commands.push({ command: line.slice(prompt.length), output: [] });
    else if (last === undefined) throw new Error(`a block begins with what is printed: ${line}`);
    else if (goesOn) last.command += `\n${line}`;
    else last.output.push(line);
  }
  return commands;
};

/** The commands of a page's `console` blocks, in their order. */
export const shownCommands = (markdown: string): ShownCommand[] =>
  [...markdown.matchAll(/^```console\n(.*?)\n```$/gms)].flatMap(([, block = '']) =>
    commandsOf(block),
  );

/** What may differ from run to run and from machine to machine, and nothing else. */
const variable: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/, 'TIME'], // of the dead letter, at its line's end
  [/^[0-9a-f]{8}(?= )/, 'ID'], // of the dead letter
  [/\b(\d+(\.\d+)? s|\d+ min|not yet)(?=[ ,.;]|$)/g, 'DURATION'],
  [/^( +lists +\d+) +\d+ +\d+/, '$1 SOME OTHERS'], // delivered, superseded: by how batches fall
  [/^(inbound +)\d+/, '$1COUNT'], // the poll comes once a minute, whenever that is
  [/\d+ of (\d+) \(\d+ %\)/, 'USED of $1'], // the calls of the last minute
];

/** A line without what varies, and without the widths of columns, which follow from that. */
const normalise = (line: string): string =>
  variable
    .reduce((text, [pattern, name]) => text.replace(pattern, name), line.trimEnd())
    .replaceAll(/ +/g, ' ');

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/**
 * What was printed and what the page shows, to be compared as texts: the same where they agree, for
 * then the page's own lines stand for both.
 */
export const compared = (
  printed: string,
  { output }: ShownCommand,
): { readonly printed: string; readonly shown: string } => {
  const lines = printed.trimEnd() === '' ? [] : printed.trimEnd().split('\n');
  const normalised = lines.map((line) => `${normalise(line)}\n`).join('');
  const shown = output.map(normalise);
  const pattern = shown.map((line) => (line === leftOut ? '(?:.*\n)*?' : `${literally(line)}\n`));
  const agree = new RegExp(`^${pattern.join('')}$`).test(normalised);
  const text = shown.map((line) => `${line}\n`).join('');
  return { printed: agree ? text : normalised, shown: text };
};
