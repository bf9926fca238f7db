import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusalReasons } from '../../shared/jobs/contract/dead-letters.ts';
import { resourcesOf, templatesOf } from '../support/stage-templates.ts';

const runbook = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');

/** Each `##` section: its anchor as GitHub makes it, and the `###` headings within. */
const sections = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = ''] = section.split('\n');
      const anchor = title
        .trim()
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-');
      const headings = [...section.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
      return [anchor, headings] as const;
    }),
);

const anchors = Object.values(resourcesOf(templatesOf().bridge, 'AWS::CloudWatch::Alarm')).map(
  ({ Properties }) => String(Properties.AlarmDescription).split('docs/runbook.md#').at(-1) ?? '',
);

describe('the runbook', () => {
  it('repairs by the bridge, whose redrive lets a job begin anew, and not by SQS', () => {
    expect(runbook).toContain('npm run bridge -- dead-letters redrive');
    expect(runbook).not.toMatch(/aws sqs|aws dynamodb/);
  });

  it.each(anchors)(
    'has a heading for the alarm %s, and says what, how to look, how to repair',
    (anchor) => {
      expect(sections.get(anchor)).toEqual(['Description', 'Investigation', 'Resolution']);
    },
  );

  it('has no heading that looks like an alarm and is none', () => {
    const alarmLike = [...sections].filter(([, headings]) => headings.includes('Resolution'));
    expect(alarmLike.map(([anchor]) => anchor).sort()).toEqual([...anchors].sort());
  });
});

it.each(Object.entries(refusalReasons))(
  'the runbook explains the dead-letter reason %s as the code does',
  (reason, text) => {
    expect(runbook).toContain(`| \`${reason}\` | ${text} |`);
  },
);
