/** Epoch milliseconds as ISO 8601; null for what is no time. */
export const shownTime = (ms: number): string | null =>
  Number.isNaN(new Date(ms).getTime()) ? null : new Date(ms).toISOString();
