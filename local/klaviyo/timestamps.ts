/** Klaviyo's ways to write an instant. Reads show whole seconds, writes microseconds. */

const head = (ms: number, length: number): string => new Date(ms).toISOString().slice(0, length);

/** `2026-07-01T12:00:00+00:00` */
export const wholeSeconds = (ms: number): string => `${head(ms, 19)}+00:00`;

/** `2026-07-01T12:00:00.123456+00:00` */
export const microseconds = (micros: number): string => {
  const fraction = String(micros % 1000).padStart(3, '0');
  return `${head(Math.floor(micros / 1000), 23)}${fraction}+00:00`;
};

/** `2026-07-01 12:00:00.123456+00:00`, as properties have it. */
export const spacedMicroseconds = (micros: number): string =>
  microseconds(micros).replace('T', ' ');

/** `2026-07-01 12:00:00+00:00`, as events had it before 2024-02-15. */
export const spaced = (ms: number): string => wholeSeconds(ms).replace('T', ' ');

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** The instant in milliseconds, or undefined where the text is none. No zone means UTC. */
export const parseInstant = (text: string): number | undefined => {
  const match = instant.exec(text);
  if (!match) return undefined;
  const ms = Date.parse(match[3] ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
};
