/**
 * In the functions' bundles, in the place of `@aws-sdk/credential-provider-node`: Lambda gives a
 * function's credentials by environment variables alone, which last as long as the instance.
 */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (!accessKeyId || !secretAccessKey)
    throw new Error(
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: the bundle knows no other source of credentials (lib/constructs/bundle.ts)',
    );
  const { AWS_SESSION_TOKEN: sessionToken } = process.env;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
};
