/** A refusal in AWS's own words: what an SDK client sees as the error of that name. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  /** AWS's name of the error, such as `QueueDoesNotExist`. */
  readonly code: string;
  readonly statusCode: number;

  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
  }
}
