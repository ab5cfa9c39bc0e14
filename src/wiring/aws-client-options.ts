/**
 * The options of every AWS client. A call takes at most 4 s, so that the few calls of a rotation leave Adyen its time
 * within the function's 29 s. The SDK's own defaults wait for ever.
 */
export const awsClientOptions = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true },
};
