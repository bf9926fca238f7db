/** What a command prints: results on standard output, everything else on standard error. */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { harmless, harmlessLine } from './harmless.ts';

export type Style = Parameters<typeof styleText>[0];

/** A cell of a table, in the style that its content deserves. */
export type Cell = string | { readonly text: string; readonly style: Style };

export interface Terminal {
  /** A person is there who can be asked. */
  readonly isInteractive: boolean;
  /** Results go out as JSON. */
  readonly asJson: boolean;
  /** Prints a result: as JSON where that was asked for, else in the words of `describe`. */
  result(value: unknown, describe: () => void): void;
  line(text: string): void;
  heading(text: string): void;
  table(columns: readonly string[], rows: readonly (readonly Cell[])[]): void;
  /** Something worth knowing beside the result. */
  note(text: string): void;
  /** With colours on a terminal, without elsewhere. */
  paint(style: Style, text: string): string;
}

/** Columns two spaces apart, without lines: to be read, and cut by `awk` just as well. */
const plain = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export const createTerminal = ({ asJson }: { readonly asJson: boolean }): Terminal => {
  const line = (text: string) => process.stdout.write(`${text}\n`);
  const paint = (style: Style, text: string) =>
    styleText(style, text, { stream: process.stdout, validateStream: true });
  return {
    isInteractive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
    asJson,
    result(value, describe) {
      if (asJson) line(harmless(JSON.stringify(value, null, 2)));
      else describe();
    },
    line: (text) => line(harmless(text)),
    heading: (text) => line(paint('bold', text)),
    table(columns, rows) {
      const table = new Table({
        head: columns.map((name) => paint('dim', harmlessLine(name))),
        chars: plain,
        style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
      });
      const show = (cell: Cell) =>
        typeof cell === 'string' ? harmlessLine(cell) : paint(cell.style, harmlessLine(cell.text));
      table.push(...rows.map((row) => row.map(show)));
      // The last column needs no blanks behind it.
      line(table.toString().replaceAll(/ +$/gm, ''));
    },
    note: (text) => process.stderr.write(`${harmlessLine(text)}\n`),
    paint,
  };
};
