/** A job's text with the time at which it happened, the rest of it untouched. */
export const withOccurredAt = (body: string, atMs: number): string => {
  const occurredAt = new Date(atMs).toISOString();
  return body.replace('{', `{"occurredAt":"${occurredAt}",`);
};
