/** What goes wrong now and then on AWS, made frequent for tests: by chance, but repeatable. */
export interface LocalAwsFaults {
  /** From 0 up to 1, as `Math.random`; a seeded one makes a run repeatable. */
  readonly random: () => number;
  /** How likely a delivered message is to be delivered once more. @default 0 */
  readonly deliverTwice?: number;
  /** How likely a message is to be delivered out of its order. @default 0 */
  readonly deliverOutOfOrder?: number;
  /** How likely a DynamoDB request is to be throttled. @default 0 */
  readonly throttleDynamoDb?: number;
}

export interface Chances {
  deliversTwice(): boolean;
  /** Which of so many waiting messages comes next. */
  pick(waiting: number): number;
  throttles(): boolean;
}

/** Without faults nothing is left to chance. */
export const createChances = (faults: LocalAwsFaults | undefined): Chances => {
  const { random = () => 1, deliverTwice = 0, deliverOutOfOrder = 0 } = faults ?? {};
  return {
    deliversTwice: () => random() < deliverTwice,
    pick: (waiting) => (random() < deliverOutOfOrder ? Math.floor(random() * waiting) : 0),
    throttles: () => random() < (faults?.throttleDynamoDb ?? 0),
  };
};
