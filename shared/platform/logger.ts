/**
 * One JSON object a line. Nothing is shared between lines but what a logger was made with, so jobs
 * that run side by side never mix up their fields.
 */

const levels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

export type LogLevel = (typeof levels)[number];
type Value = string | number | boolean | null | undefined | readonly string[];
type Fields = Readonly<Record<string, Value>>;

/** With an error: its name, message and stack are added, which must hold no personal data. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields, error?: unknown): void;

  error(message: string, fields?: Fields, error?: unknown): void;
}

export interface LoggerOptions {
  /** The function's own name, on every line. */
  readonly service: string;
  readonly level: LogLevel;
  /** @default standard output */
  readonly write?: (line: string) => void;
}

const describe = (error: unknown): Fields => {
  if (error === undefined) return {};
  if (!(error instanceof Error)) return { errorName: typeof error };
  return { errorName: error.name, errorMessage: error.message, stack: error.stack };
};

export const createLogger = ({
  service,
  level,
  write = (line) => process.stdout.write(`${line}\n`),
}: LoggerOptions): Logger => {
  const log =
    (at: LogLevel) =>
    (message: string, fields: Fields = {}, error?: unknown) => {
      if (levels.indexOf(at) < levels.indexOf(level)) return;
      const time = new Date().toISOString();
      write(JSON.stringify({ level: at, time, service, message, ...fields, ...describe(error) }));
    };
  return { debug: log('DEBUG'), info: log('INFO'), warn: log('WARN'), error: log('ERROR') };
};
