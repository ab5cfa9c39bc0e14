/**
 * What every AWS client is made with. One call takes 4 s at the worst, so that the few calls of a rotation leave
 * the upstream its time within the function's 29 s. The SDK's own defaults wait for ever.
 */
export const awsClientOptions = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true },
};
