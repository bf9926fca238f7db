/** A number of things that may run at once; who comes later waits for its turn. */
export interface Slots {
  /** Waits for a free slot. */
  take(): Promise<void>;
  free(): void;
  readonly taken: number;
  readonly isFull: boolean;
}

export const createSlots = (limit: number): Slots => {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    get isFull() {
      return taken >= limit;
    },
    async take() {
      if (taken < limit) {
        taken += 1;
        return;
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
    free() {
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next(); // the slot changes hands
    },
  };
};
