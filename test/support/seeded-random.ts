/** Random numbers that are the same every time: mulberry32. */
export const createRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** A latency whose logarithm is normally distributed: half above the median, one in 100 above p99. */
export const createLatency = (random: () => number, medianMs: number, p99Ms: number) => {
  const spread = Math.log(p99Ms / medianMs) / 2.326;
  return (): number => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.round(medianMs * Math.exp(spread * normal));
  };
};
