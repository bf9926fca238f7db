/** How a request ended: the answer, and what is logged and counted of it. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export type PageResultName =
  | 'offered'
  | 'redirected'
  | 'connected'
  | 'not_opened'
  | 'link_used'
  | 'link_expired'
  | 'consent_unknown'
  | 'consent_expired'
  | 'other_browser'
  | 'declined'
  | 'refused'
  | 'other_account'
  | 'unavailable'
  | 'not_set_up'
  | 'connection_gone'
  | 'not_found'
  | 'not_allowed'
  | 'failed';

export interface PageResult {
  readonly name: PageResultName;
  readonly answer: APIGatewayProxyStructuredResultV2;
  readonly connectionId?: string | undefined;
  /** Why, where an error led to it. */
  readonly error?: unknown;
}
