/** The `Authorization` header of a connection, by its kind of credentials. */
import type { Credentials } from '../contracts/connection.ts';
import { KlaviyoAuthorisationError } from '../klaviyo/index.ts';
import type { Authorise } from './find-connection.ts';

export interface AuthoriseOptions {
  readonly readCredentials: (connectionId: string) => Promise<Credentials | undefined>;
  /** Holds the jobs of a connection until a person has connected it again. */
  readonly requireAuthorisation: (connectionId: string) => Promise<void>;
  /** @default the system's clock */
  readonly now?: () => number;
}

/** A key that was replaced in its secret is picked up after this long at the latest. */
const keptForMs = 300_000;

const headerOf = (credentials: Credentials): string =>
  credentials.kind === 'private_key'
    ? `Klaviyo-API-Key ${credentials.privateKey}`
    : `Bearer ${credentials.accessToken}`;

export const createAuthorise = ({
  readCredentials,
  requireAuthorisation,
  now = Date.now,
}: AuthoriseOptions): Authorise => {
  const kept = new Map<string, { readonly header: string; readonly untilMs: number }>();

  const readHeader = async (connectionId: string): Promise<string | undefined> => {
    const credentials = await readCredentials(connectionId);
    return credentials === undefined ? undefined : headerOf(credentials);
  };

  return async ({ connectionId }, rejected) => {
    const known = kept.get(connectionId);
    if (known !== undefined && known.untilMs > now() && known.header !== rejected)
      return known.header;
    const header = await readHeader(connectionId);
    if (header === undefined || header === rejected) {
      kept.delete(connectionId);
      await requireAuthorisation(connectionId);
      // Without credentials it ends as a refusal of Klaviyo's would: jobs wait for a person.
      if (header === undefined) throw new KlaviyoAuthorisationError('credentials', 401, []);
      return header;
    }
    kept.set(connectionId, { header, untilMs: now() + keptForMs });
    return header;
  };
};
