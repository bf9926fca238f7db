import { describe, expect, it } from 'vitest';
import { parseDeployment } from '../../lib/deployment.ts';

const parse = (context: Readonly<Record<string, unknown>>) =>
  parseDeployment((key) => context[key]);

describe('connection defaults', () => {
  it('are none where none are given', () => {
    expect(parse({}).connectionDefaults).toEqual({});
  });

  it.each([
    ['JSON, as the command line gives them', '{"revision":"2026-07-15","throttle":{"share":0.5}}'],
    ['an object, as cdk.json holds them', { revision: '2026-07-15', throttle: { share: 0.5 } }],
  ])('are taken as %s', (_, connectionDefaults) => {
    expect(parse({ connectionDefaults }).connectionDefaults).toEqual({
      revision: '2026-07-15',
      throttle: { share: 0.5 },
    });
  });

  it.each([
    ['share=0.5', 'connectionDefaults: '],
    ['{"throttle":{"share":2}}', 'connectionDefaults.throttle.share: '],
    ['{"colour":"red"}', 'connectionDefaults: Unrecognized key: "colour"'],
    ['{"apiUrl":"https://example.com"}', 'connectionDefaults: Unrecognized key: "apiUrl"'],
    ['{"revision":"latest"}', 'connectionDefaults.revision: must be a Klaviyo revision'],
  ])('that cannot be are refused by name: %s', (connectionDefaults, problem) => {
    expect(() => parse({ connectionDefaults })).toThrow(`the context cannot be used: ${problem}`);
  });
});
