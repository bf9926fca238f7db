#!/usr/bin/env node
/** The operator's command line: `npm run bridge -- --help`. */
import { enableCompileCache } from 'node:module';

enableCompileCache(); // half of a short command's time would go into loading it again
const { main } = await import('./bridge/main.ts');
process.exitCode = await main(process.argv);
