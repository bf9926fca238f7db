/** One HTTP request to the gateway and the reply to it. */
import type { IncomingHttpHeaders } from 'node:http';

export interface GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Aborts when the caller hangs up before it has its reply. */
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** One protocol behind the gateway: it takes the requests it knows and leaves the others. */
export interface Route {
  takes(request: GatewayRequest): boolean;
  handle(request: GatewayRequest): Promise<Reply>;
}
