/** Values that are given to a browser once and stored as hashes. */
import { randomBytes } from 'node:crypto';

/** 256 random bits: tickets, states and cookies cannot be guessed. */
export const newOneTimeValue = (): string => randomBytes(32).toString('base64url');

const oneTimeValue = /^[A-Za-z0-9_-]{43}$/;

/** Whether a value that came from outside can be one of ours at all. */
export const isOneTimeValue = (value: string | undefined | null): value is string =>
  typeof value === 'string' && oneTimeValue.test(value);
