/** From any error to the one line that a person reads. Nothing of a request's content is in it. */

import { ConnectLinkError } from '../../shared/connections/connect-link.ts';
import {
  KlaviyoAuthorisationError,
  KlaviyoError,
  KlaviyoRateLimitError,
  KlaviyoUnreachableError,
  scopes,
} from '../../shared/klaviyo/index.ts';
import { InvalidItemError } from '../../shared/platform/stored-item.dynamodb.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { harmless } from './harmless.ts';

interface AwsFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly cause?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const unreachable =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|TimeoutError/;
const untrusted = /EPROTO|CERT|SELF_SIGNED|UNABLE_TO_/;
const skewed = /RequestTimeTooSkewed|Signature expired|Signature not yet current/;
const throttled = /Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded/;
const expired = /ExpiredToken|RequestExpired|TokenProviderError/;
const rejected =
  /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|AuthFailure|MissingAuthenticationToken|IncompleteSignature/;

/** What went wrong with AWS itself, in the words of who can mend it. */
const explainAws = ({ name, message, code, $metadata }: AwsFailure): string | undefined => {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (/region is missing/i.test(message))
    return 'no AWS region is set: add --region <region>, or set AWS_REGION';
  if (name === 'CredentialsProviderError' && process.env.AWS_PROFILE)
    return `the AWS profile ${process.env.AWS_PROFILE} gives no credentials: correct --profile or AWS_PROFILE, or log in to it`;
  if (name === 'CredentialsProviderError')
    return 'no AWS credentials were found: log in, and name the profile with --profile or AWS_PROFILE';
  if (skewed.test(`${name} ${message}`))
    return "AWS refuses the time of this machine's clock: set the clock, then try again";
  if (expired.test(name)) return 'the AWS credentials have expired: log in again';
  if (rejected.test(name))
    return `AWS does not know these credentials (${name}): log in again, or name another profile with --profile`;
  if (/AccessDenied|NotAuthorized|Forbidden/.test(name)) return `AWS does not allow it: ${message}`;
  if (untrusted.test(code ?? ''))
    return `the connection to ${endpoint ?? 'AWS'} cannot be trusted (${code}): correct AWS_ENDPOINT_URL, or the certificates of this machine`;
  if (throttled.test(name))
    return `AWS throttles the calls of this account (${name}): try again in a minute`;
  if (unreachable.test(`${name} ${code ?? ''} ${message}`))
    return endpoint === undefined
      ? `AWS cannot be reached (${code ?? name}): look at the network, and at --region`
      : `nothing answers at ${endpoint}, which AWS_ENDPOINT_URL names: is it running?`;
  if (($metadata?.httpStatusCode ?? 0) >= 500)
    return `AWS answered with an error of its own (${$metadata?.httpStatusCode} ${name}): try again in a minute`;
  return undefined;
};

const explainKlaviyo = (error: KlaviyoError): string => {
  if (error instanceof KlaviyoAuthorisationError)
    return error.status === 401
      ? 'Klaviyo does not know this key: copy it once more from Klaviyo, Settings > API keys'
      : `Klaviyo refuses this key: give it the scopes ${scopes.join(', ')}`;
  if (error instanceof KlaviyoRateLimitError)
    return `Klaviyo's limit for this call is used up: try again in ${Math.ceil(error.retryAfterMs / 1_000)} s`;
  if (error instanceof KlaviyoUnreachableError)
    return 'Klaviyo did not answer: look at the network, then try again';
  return error.message;
};

/** Without line breaks, so that it stays one line whatever went wrong. */
const oneLine = (text: string): string => harmless(text.replaceAll(/\s+/g, ' ').trim());

/** The line to print and the code to exit with. */
export const explainError = (error: unknown): { line: string; exitCode: number } => {
  const { failure: exitCode } = exitCodes;
  if (error instanceof CommandFailure)
    return { line: oneLine(error.message), exitCode: error.exitCode };
  if (error instanceof InvalidItemError)
    return {
      line: oneLine(
        `${error.message}; mend the item, or remove the connection with --keep-grant and add it anew`,
      ),
      exitCode,
    };
  if (error instanceof ConnectLinkError) return { line: oneLine(error.message), exitCode };
  if (error instanceof KlaviyoError) return { line: oneLine(explainKlaviyo(error)), exitCode };
  if (error instanceof Error && error.name === 'ExitPromptError')
    return { line: 'left at the prompt: nothing was changed', exitCode };
  if (error instanceof AggregateError && error.errors.length > 0)
    return explainError(error.errors[0]);
  if (!(error instanceof Error)) return { line: oneLine(String(error)), exitCode };
  const line = explainAws(error) ?? `${error.name}: ${error.message}`;
  return { line: oneLine(line), exitCode };
};
