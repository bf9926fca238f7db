#!/usr/bin/env node
/** The operator's command line: `npm run bridge -- --help`. */
import * as nodeModule from 'node:module';

nodeModule.enableCompileCache?.(); // half of a short command's time would go into loading it again; Node 20 has none
const { main } = await import('./bridge/main.ts');
process.exitCode = 1; // where it never comes to an end: Ctrl-D at a prompt leaves nothing to wait for
void main(process.argv).then((exitCode) => {
  process.exitCode = exitCode;
});
