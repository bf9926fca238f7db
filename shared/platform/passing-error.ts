/** Something of ours or of AWS's failed that may well succeed later. */
export class PassingError extends Error {
  override readonly name = 'PassingError';
  readonly retryable = true;
}
