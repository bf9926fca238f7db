/** An invocation of a function, and what the host and an instance's process say to each other. */

export interface InvocationRequest {
  readonly requestId: string;
  /** The event as JSON. */
  readonly payload: string;
  /** Epoch milliseconds at which the function times out. */
  readonly deadlineMs: number;
}

/** What Lambda reports of a function that failed. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type InvocationResult =
  /** `payload` is what the handler returned, as JSON. */
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

/** From the instance: it has loaded its handler, cannot load it, or has a result. */
export type InstanceMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'unusable'; readonly error: FunctionError }
  | { readonly type: 'result'; readonly result: InvocationResult };
