import type * as z from 'zod';
import type { CallLog } from '../call-log.ts';
import type { World } from '../world.ts';

/** What the interface works on. */
export interface Control {
  readonly url: string;
  readonly world: World;
  readonly log: CallLog;
  reset(): void;
}

export interface ControlCall<Body, Query> {
  readonly control: Control;
  /** A part of the path by its name. */
  param(name: string): string;
  readonly query: Query;
  readonly body: Body;
}

/** One operation of the control interface as data, apart from its work. */
interface OperationFacts<Body, Query, Answer> {
  /** The name of its schemas' files: `seed-profiles`. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/simulator`. `{account}` becomes a parameter. */
  readonly path: string;
  /** What it does, in one line. */
  readonly purpose: string;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answer: z.ZodType<Answer>;
  /** @throws ControlRefusal, ApiError */
  readonly respond: (call: ControlCall<Body, Query>) => Answer;
}

export interface Operation extends OperationFacts<unknown, unknown, unknown> {
  /** `POST /simulator/accounts/{account}/profiles` */
  readonly key: string;
}

/** Checks that what an operation answers is what it says. */
export const defineOperation = <Answer, Body = undefined, Query = undefined>(
  facts: OperationFacts<Body, Query, Answer>,
): Operation => ({
  ...(facts as unknown as OperationFacts<unknown, unknown, unknown>),
  key: `${facts.method} /simulator${facts.path}`,
});

/** Ends an operation with a status and one line that says what is wrong. */
export class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
