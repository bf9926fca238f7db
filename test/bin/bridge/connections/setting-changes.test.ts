import { describe, expect, test } from 'vitest';
import {
  changeSettings,
  parseSettingChange,
  settingKeys,
} from '../../../../bin/bridge/connections/setting-changes.ts';

const base = { connectionId: 'acme', auth: 'private_key', status: 'connected' };

const change = (...texts: string[]) => changeSettings(base, texts.map(parseSettingChange));

test('every setting has a name, those within others too', () => {
  expect(settingKeys).toEqual([
    'apiUrl',
    'revision',
    'throttle.share',
    'throttle.maxInFlight',
    'generateEvents',
    'confirmEvents',
    'poll.enabled',
    'poll.everySeconds',
    'poll.startFrom',
    'poll.overlapSeconds',
    'poll.autoLink',
  ]);
});

test('values are read as what they are', () => {
  const settings = change(
    'revision=2026-01-15',
    'throttle.share=0.5',
    'throttle.maxInFlight=4',
    'poll.enabled=false',
    'poll.startFrom=2026-01-01T00:00:00Z',
    'apiUrl=https://a.klaviyo.com/a=b',
  );
  expect(settings).toMatchObject({
    revision: '2026-01-15',
    throttle: { share: 0.5, maxInFlight: 4 },
    poll: { enabled: false, startFrom: '2026-01-01T00:00:00Z', everySeconds: 60 },
    apiUrl: 'https://a.klaviyo.com/a=b',
  });
});

test('without a value a setting goes back to its default, and others stay', () => {
  const before = change('throttle.share=0.5', 'throttle.maxInFlight=4', 'revision=2026-01-15');
  const after = changeSettings(
    before,
    ['throttle.maxInFlight=', 'revision='].map(parseSettingChange),
  );
  expect(after).toMatchObject({ throttle: { share: 0.5 }, revision: '2023-10-15' });
  expect(after.throttle).not.toHaveProperty('maxInFlight', 4);
});

test('the default of a stage comes before that of the bridge', () => {
  const defaults = { revision: '2025-10-15', throttle: { share: 0.5 } };
  const before = change('throttle.share=0.9', 'throttle.maxInFlight=4', 'revision=2026-01-15');
  const changes = ['throttle.share=', 'throttle.maxInFlight=', 'revision='].map(parseSettingChange);
  const after = changeSettings(before, changes, defaults);
  expect(after).toMatchObject({ throttle: { share: 0.5 }, revision: '2025-10-15' });
  expect(after.throttle.maxInFlight).toBeUndefined();
});

describe('what cannot be is told by name', () => {
  test.each([
    ['colour=red', 'no setting is called colour; there are apiUrl, revision, throttle.share'],
    ['status=paused', 'no setting is called status'],
    ['accountId=X', 'no setting is called accountId'],
    ['throttle', 'a change is written key=value'],
    ['throttle.share=2', 'throttle.share: must be at most 1'],
    ['throttle.share=half', 'throttle.share: must be a number'],
    ['revision=latest', 'revision: must be a Klaviyo revision such as 2023-10-15'],
    ['revision=2026-13-15', 'revision: must be a Klaviyo revision such as 2023-10-15'],
    ['revision=2026', 'revision: must be a Klaviyo revision such as 2023-10-15'],
    ['throttle.share=0', 'throttle.share: must be above 0'],
    ['throttle.maxInFlight=1.5', 'throttle.maxInFlight: must be a whole number'],
    ['poll.enabled=maybe', 'poll.enabled: must be true or false'],
    ['poll.startFrom=today', 'poll.startFrom: must be now, beginning, or a time with its offset'],
    ['apiUrl=ftp://a.klaviyo.com', 'apiUrl: must be a URL'],
    ['poll.everySeconds=1', 'poll.everySeconds: must be at least 60'],
  ])('%s', (text, problem) => {
    expect(() => change(text)).toThrow(problem);
  });
});
