import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startTestKlaviyo } from '../simulated-klaviyo.ts';

/** As a browser or another program sends it: fetch would not let its Host and Origin be set. */
const statusOf = (url: string, method: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    request(url, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });

const pages = ['/', '/calls', '/accounts/ACC001/profiles'];

describe('the control interface', () => {
  test.each([
    ['a form of another page', { origin: 'http://shop.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['a page of another program on this machine', { origin: 'http://127.0.0.1:1' }],
    ['an image on another page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    ['a page whose name was led to this machine', { host: 'rebound.example' }],
  ])('is out of reach for %s', async (_, headers) => {
    const { simulator } = await startTestKlaviyo();
    simulator.account().seedProfiles([{ attributes: { email: 'ann@example.com' } }]);
    const { url } = simulator;
    expect(await statusOf(`${url}/simulator/reset`, 'POST', headers)).toBe(403);
    expect(await statusOf(`${url}/simulator`, 'GET', headers)).toBe(403);
    for (const page of pages) expect(await statusOf(url + page, 'GET', headers)).toBe(403);
    expect(simulator.account().profiles()).toHaveLength(1);
  });

  test('is in reach for programs, and for its own pages', async () => {
    const { simulator } = await startTestKlaviyo();
    const { url } = simulator;
    const { port } = new URL(url);
    for (const headers of [
      {},
      { host: `localhost:${port}` },
      { origin: url, 'sec-fetch-site': 'same-origin' },
    ]) {
      expect(await statusOf(`${url}/simulator`, 'GET', headers)).toBe(200);
    }
  });

  test('leaves the pages open to a link from elsewhere, which reads nothing', async () => {
    const { simulator } = await startTestKlaviyo();
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await statusOf(`${simulator.url}/`, 'GET', headers)).toBe(200);
  });

  test.skipIf(process.platform !== 'linux')('has the name that --host gives it', async () => {
    const { simulator } = await startTestKlaviyo({ host: 'simulator.example' });
    const { port } = new URL(simulator.url);
    const url = `http://127.0.0.1:${port}/simulator`;
    expect(await statusOf(url, 'GET', { host: `simulator.example:${port}` })).toBe(200);
    expect(await statusOf(url, 'GET', { host: `10.0.0.7:${port}` })).toBe(200);
    expect(await statusOf(url, 'GET', { host: `rebound.example:${port}` })).toBe(403);
  });
});
