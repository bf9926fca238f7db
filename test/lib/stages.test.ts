import { describe, expect, it } from 'vitest';
import { stageNamed, stageNames, UnknownStageError } from '../../lib/stages.ts';
import { createTestApp, resourcesOf, templatesOf } from '../support/stage-templates.ts';

describe('stages', () => {
  it('is dev where nobody says otherwise', () => {
    expect(createTestApp().bridge.stackName).toBe('klaviyo-bridge-dev');
  });

  it('takes the stage from the context, as `cdk deploy -c stage=prod` gives it', () => {
    const { data, bridge } = createTestApp({ context: { stage: 'prod' } });
    expect([data.stackName, bridge.stackName]).toEqual([
      'klaviyo-bridge-prod-data',
      'klaviyo-bridge-prod',
    ]);
  });

  it.each(['production', '', 'toString'])(
    'refuses the stage %j in one line that names the stages',
    (given) => {
      expect(() => createTestApp({ stage: given })).toThrow(UnknownStageError);
      expect(() => createTestApp({ stage: given })).toThrow(
        /^no stage is called .*dev\|prod\|local\|check$/,
      );
    },
  );

  it.each(stageNames)('gives Lambda a maximum concurrency that it accepts on %s', (name) => {
    expect(stageNamed(name).maxConcurrency).toBeGreaterThanOrEqual(2);
    expect(stageNamed(name).maxConcurrency).toBeLessThanOrEqual(1_000);
  });

  it('lets only the stages without real data talk to something other than Klaviyo', () => {
    const lenient = stageNames.filter((name) => stageNamed(name).allowAnyApiUrl);
    expect(lenient).toEqual(['local', 'check']);
    expect(stageNames.filter((name) => !stageNamed(name).keepData)).toEqual(lenient);
  });

  it('gives all stages the same resources', () => {
    const typesOf = (stage: string) => {
      const { data, bridge } = templatesOf(stage);
      return [data, bridge].map((template) =>
        Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(
          ({ Type }) => Type,
        ),
      );
    };
    for (const stage of stageNames) expect(typesOf(stage)).toEqual(typesOf('dev'));
  });

  it.each(['local', 'check'])('leaves nothing behind on the stage %s', (stage) => {
    const { data } = templatesOf(stage);
    const kept = Object.values(data.toJSON().Resources as Record<string, object>).filter(
      (resource) => 'DeletionPolicy' in resource && resource.DeletionPolicy === 'Retain',
    );
    expect(kept).toEqual([]);
    for (const { Properties } of Object.values(resourcesOf(data, 'AWS::DynamoDB::Table'))) {
      expect(Properties.DeletionProtectionEnabled).toBe(false);
    }
  });

  it('refuses an alarm address that is none, in one line that names the option', () => {
    expect(() => createTestApp({ context: { alarmEmail: 'nobody' } })).toThrow(/^.*alarmEmail.*$/);
  });
});
