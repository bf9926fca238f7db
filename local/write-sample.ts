/** `npm run sample`: writes a file of jobs for the tour in the README. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { counted } from '../bin/bridge/counted.ts';
import { sampleLines } from './sample-jobs.ts';

const command = new Command('npm run sample --')
  .description('Writes 10,000 jobs, five lines of them broken, to a file that `bridge send` reads.')
  .argument('[file]', 'where to', 'jobs.jsonl');
const [file = ''] = command.parse().processedArgs as [string];
const lines = sampleLines();
try {
  writeFileSync(file, `${lines.join('\n')}\n`);
} catch (error) {
  command.error(`${file} cannot be written: ${(error as NodeJS.ErrnoException).code}`);
}
console.log(`wrote ${counted(lines.length, 'job')} to ${file}; five of them are broken`);
