/** Takes no jobs yet: a failed invocation leaves every one of them on the queue. */
export const handler = async (): Promise<never> => {
  throw new Error('the queue lists is not worked on in this version: its jobs stay where they are');
};
