import type { IncomingHttpHeaders } from 'node:http';

/** A request, read. */
export interface Incoming {
  readonly method: string;
  readonly url: URL;
  /** As the caller names the simulator. */
  readonly origin: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What goes out. */
export interface Outgoing {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How the body goes out, where that is not at once. */
  readonly pace?: 'half' | 'byte_a_second';
}
