/** When a resource of a stack begins its work, and how it ends. */

export interface Lifecycle {
  /** The stack is not there before this is done. */
  creates(creation: Promise<void>): void;
  /** Begins once every resource of the stack is there, and gives what ends it. */
  starts(start: () => () => void): void;
  /** What takes it away when its stack is deleted. */
  removes(remove: () => unknown): void;
}

export interface StackLifecycle {
  /** @param isKept the resource outlives its stack: only its work ends. */
  of(isKept: boolean): Lifecycle;
  /** Begins the work of all resources. */
  begin(): Promise<void>;
  /** Ends their work; resources stay. */
  stop(): void;
  /** Ends their work and takes them away, the last one first. */
  remove(): Promise<void>;
}

/** The resources of one stack, from creation to removal. */
export const createStackLifecycle = (): StackLifecycle => {
  const creations: Promise<void>[] = [];
  const starts: (() => () => void)[] = [];
  const stops: (() => void)[] = [];
  const removals: (() => unknown)[] = [];
  const stop = () => {
    for (const end of stops.splice(0)) end();
  };
  return {
    of: (isKept) => ({
      creates: (creation) => {
        creation.catch(() => undefined); // `begin` tells of it
        creations.push(creation);
      },
      starts: (start) => starts.push(start),
      removes: (remove) => isKept || removals.push(remove),
    }),
    async begin() {
      await Promise.all(creations);
      for (const start of starts.splice(0)) stops.push(start());
    },
    stop,
    async remove() {
      stop();
      await Promise.allSettled(creations);
      for (const remove of removals.splice(0).reverse()) await remove();
    },
  };
};
