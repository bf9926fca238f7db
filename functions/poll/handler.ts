/** Does not poll yet, and says so. */
export const handler = async (): Promise<never> => {
  throw new Error('polling Klaviyo is not available in this version');
};
