/** Repeatable randomness: the same seed gives the same ids, tokens and faults. */

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789';

export interface Random {
  /** At least 0 and below 1. */
  next(): number;
  /** Like Klaviyo's ids of lists, metrics and accounts: `Y6nRLr`. */
  shortId(): string;
  /** Like Klaviyo's ids of profiles: the time, then chance. Later ids sort after earlier ones. */
  ulid(nowMs: number): string;
  uuid(): string;
  /** For codes, tokens and event ids. */
  token(length: number): string;
}

const encodeTime = (nowMs: number): string => {
  let rest = nowMs;
  let text = '';
  for (let digit = 0; digit < 10; digit += 1) {
    text = crockford.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

/** A generator of the mulberry kind: one 32-bit state, good enough for ids and dice. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet.charAt(Math.floor(next() * alphabet.length))).join('');
  const hex = (length: number) => pick('0123456789abcdef', length);
  return {
    next,
    shortId: () => pick(letters, 6),
    ulid: (nowMs) => encodeTime(nowMs) + pick(crockford, 16),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${pick('89ab', 1)}${hex(3)}-${hex(12)}`,
    token: (length) => pick(letters, length),
  };
};
