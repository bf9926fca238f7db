/** A process with a local host in it, whose function is busy until it is told to `close`. */
import { startLocalAws } from '../../local/aws/start-local-aws.ts';

const startedAtMs = performance.now();
const aws = await startLocalAws({
  assemblyFolder: process.env.ASSEMBLY_FOLDER ?? '',
  onLog: ({ line }) =>
    line.startsWith('{') && process.send?.({ ...JSON.parse(line), readyAfterMs }),
});
const readyAfterMs = performance.now() - startedAtMs;
void aws.trigger('Tick');

process.once('message', async () => {
  process.disconnect(); // or the channel to the test would keep this process alive
  await aws.close();
});
