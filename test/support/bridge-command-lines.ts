/** Command lines of `bridge` as texts show them: found, and parsed by the real program, not run. */
import { type Command, CommanderError } from 'commander';
import { createProgram } from '../../bin/bridge/program.ts';

/** The commands that do something, without those that only group others. */
export const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

/** The lines of code in a page of Markdown: those of its blocks, and each `span`. */
export const codeLinesIn = (markdown: string): string[] => {
  const blocks: string[] = [];
  const prose = markdown.replaceAll(/^ *```\w*\n(.*?)^ *```$/gms, (_, code: string) => {
    blocks.push(code.replaceAll(/\\\n\s*/g, ''));
    return '';
  });
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
  return [
    ...blocks.flatMap((code) => code.split('\n')),
    ...spans.map((span) => span.replaceAll(/\s+/g, ' ')),
  ];
};

/** What the shell takes for itself: comments, files, and the next command. */
const upToShell = /^(.*?)(?=\s+(?:#|[<>|]|&&)|$)/;

/** What stands behind each `start`, once each. */
export const commandLinesIn = (lines: readonly string[], start: RegExp): string[] => {
  const found = lines
    .flatMap((line) => line.split(/\s&&\s/))
    .filter((line) => start.test(line))
    .map((line) => upToShell.exec(line.replace(start, '').trim())?.[1] ?? '');
  return [...new Set(found)].filter((line) => line !== '');
};

const wordsOf = (line: string): string[] =>
  (line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []).map((word) => word.replaceAll(/["']/g, ''));

const silence = (command: Command): void => {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} });
  for (const child of command.commands) silence(child);
};

/** What the program would complain about; undefined where it would go to work, or show its help. */
export const misuseOf = async (line: string): Promise<string | undefined> => {
  const program = createProgram();
  silence(program);
  let begun = false;
  for (const leaf of leavesOf(program))
    leaf.action(() => {
      begun = true;
    });
  const error = await program
    .parseAsync(wordsOf(line), { from: 'user' })
    .then(() => undefined)
    .catch((thrown: Error) => thrown);
  if (error instanceof CommanderError && error.code === 'commander.helpDisplayed') return undefined;
  if (error !== undefined) return error.message;
  return begun ? undefined : 'no command would do anything';
};
