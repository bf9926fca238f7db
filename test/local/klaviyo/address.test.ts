import { afterEach, describe, expect, it } from 'vitest';
import { type KlaviyoSimulator, startKlaviyoSimulator } from '../../../local/klaviyo/simulator.ts';

let klaviyo: KlaviyoSimulator;
afterEach(() => klaviyo.close());

const urlAt = (host: string) => {
  const url = new URL(klaviyo.url);
  url.hostname = host;
  return url;
};
// All of 127.0.0.0/8 is this machine on Linux alone: an address that is not the one of the default.
describe.skipIf(process.platform !== 'linux')('the address of the simulator', () => {
  it('is on loopback alone, unless another name is given', async () => {
    klaviyo = await startKlaviyoSimulator();
    expect((await fetch(klaviyo.url)).status).toBe(200);
    await expect(fetch(urlAt('127.0.0.2'))).rejects.toThrow('fetch failed');
  });

  it('is the name that its callers know this machine by', async () => {
    klaviyo = await startKlaviyoSimulator({ host: '127.0.0.2' });
    expect(klaviyo.url).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
    expect((await fetch(klaviyo.url)).status).toBe(200);
    expect((await fetch(urlAt('127.0.0.1'))).status).toBe(200);
  });
});
