/** `npm run bench -- <name>`: runs test/bench/<name>.ts and prints its figures. */
import { parseArgs } from 'node:util';
import { printProgress } from './figure.ts';

/** Each benchmark in a file of its own, which exports `run`. */
const benches: Record<string, () => Promise<{ readonly run: () => Promise<void> }>> = {
  bundles: () => import('./bundles.ts'),
  outbound: () => import('./outbound.ts'),
  poll: () => import('./poll.ts'),
  quota: () => import('./quota.ts'),
};

const names = Object.keys(benches).join(', ');

const help = `npm run bench -- <name>

Measures, and prints each figure as one line of JSON on stdout:
  {"bench", "figure", "value", "unit", "peers"}
where peers holds the same measure of alternatives. Progress goes to stderr.

Benchmarks: ${names}
`;

const refuse = (text: string): void => {
  printProgress(`bench: ${text}`);
  process.exitCode = 2;
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  const [name, ...more] = positionals;
  if (values.help) process.stdout.write(help);
  else if (name === undefined || more.length > 0) refuse(`name one of: ${names}`);
  else if (!Object.hasOwn(benches, name)) refuse(`there is no "${name}", only: ${names}`);
  else await (await benches[name]?.())?.run();
};

await main().catch((error: unknown) => {
  const isUsage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  if (!isUsage) throw error;
  refuse((error as Error).message);
});
