/** Dead letters: why a job was given up, and what its message carries so that it can be sent back. */
import * as z from 'zod';

/** The reason codes, each with what it means and what to do. */
export const refusalReasons = {
  invalid_json: 'The body is not JSON. Correct the producer and send the job again.',
  invalid_message:
    'The body breaks the message schema at the named field. Correct the producer and send the job again.',
  unknown_connection:
    'No connection has this id. Add the connection, or correct the id, then redrive.',
  request_refused:
    'Klaviyo refused the request; its code and pointer are attached. Correct the data, then send the job again.',
  not_authorised:
    'Klaviyo refused the call for a missing scope. Reconnect with the scopes asked for, then redrive.',
  answer_not_understood:
    'Klaviyo answered in a form that this version does not know. Update klaviyo-bridge, then redrive.',
  unknown_list: 'The account has no list of this id or name. Create the list, then redrive.',
  unknown_person:
    'No profile has these identifiers, after waiting for one to appear. Send the customer, then redrive.',
  gave_up: 'It failed for three days. See the attached error, then redrive.',
  unexpected_error: 'A defect, by the name of its error, five times over. Report it, then redrive.',
} as const;

export type RefusalReason = keyof typeof refusalReasons;

/** The message attributes of a dead letter. None holds personal data. */
export const deadLetterAttributes = {
  reason: 'reason',
  /** Klaviyo's error code, or the error's name. */
  errorCode: 'errorCode',
  /** The field at fault: a JSON pointer into the job, or into Klaviyo's request. */
  pointer: 'pointer',
  /** Klaviyo's operation, such as `POST /api/events`. */
  operation: 'operation',
  connectionId: 'connectionId',
  jobType: 'jobType',
  /** Epoch milliseconds at which the job was first sent. */
  firstSentAtMs: 'firstSentAtMs',
  /** `<message id> 1/2` and `… 2/2`: halves of a body that leaves no room for the attributes. */
  part: 'part',
} as const;

/** The attributes that a job carries when the bridge sends it to its own queue again. */
export const jobAttributes = {
  firstSentAtMs: 'firstSentAtMs',
  /** Epoch milliseconds from which on it could be tried: when its connection was last held. */
  triedFromMs: 'triedFromMs',
  /** How often it failed for an unexpected error. */
  failures: 'failures',
} as const;

/** An attribute that is a time: whole epoch milliseconds, of a year that has four digits. */
export const epochMsText = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .refine((ms) => ms <= Date.parse('9999-12-31T23:59:59.999Z'));
