/** A benchmark's output: figures for machines on stdout, progress for people on stderr. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** The same measure of alternatives, taken in the same run. */
  readonly peers?: Readonly<Record<string, number>>;
}

/** At most four digits after the point: more would be noise. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

export const printFigure = (bench: string, { figure, value, unit, peers = {} }: Figure): void => {
  const roundedPeers = Object.fromEntries(
    Object.entries(peers).map(([name, peer]) => [name, rounded(peer)]),
  );
  const line = { bench, figure, value: rounded(value), unit, peers: roundedPeers };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

export const printProgress = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
