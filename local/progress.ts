/** Says how far things are: on one line of a terminal, or on few lines of a log. */

export interface Progress {
  step(name: string): void;
  advance(name: string, done: number, of: number): void;
  /** Prints a line of its own, above the progress. */
  note(line: string): void;
  end(): void;
}

const logEveryMs = 5_000;

export const createProgress = ({ stream = process.stderr } = {}): Progress => {
  let loggedAtMs = 0;
  let last = '';

  const show = (line: string, isNew: boolean) => {
    if (stream.isTTY) {
      stream.clearLine(0);
      stream.cursorTo(0);
      stream.write(line);
    } else if (isNew || performance.now() - loggedAtMs > logEveryMs) {
      loggedAtMs = performance.now();
      stream.write(`${line}\n`);
    }
    last = line;
  };

  return {
    step: (name) => show(`${name} …`, true),
    advance: (name, done, of) => show(`${name}: ${done} of ${of}`, done === of),
    note(line) {
      if (stream.isTTY) stream.write('\n');
      stream.write(`${line}\n`);
    },
    end() {
      if (stream.isTTY && last !== '') stream.write('\n');
    },
  };
};
