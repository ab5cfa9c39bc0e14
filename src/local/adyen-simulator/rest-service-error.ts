/** What Adyen's Management API puts into its error responses, by status (https://docs.adyen.com/errors). */
const ERRORS = {
  400: { type: 'general/bad-request', title: 'Bad request', errorCode: '00_400' },
  401: { type: 'unauthorized', title: 'Unauthorized', errorCode: '00_401' },
  403: { type: 'forbidden', title: 'Forbidden', errorCode: '00_403' },
  404: { type: 'general/not-found', title: 'Not found', errorCode: '00_404' },
  422: { type: 'general/unprocessable-entity', title: 'Unprocessable entity', errorCode: '30_011' },
  500: { type: 'general/internal', title: 'Internal error', errorCode: '00_500' },
} as const;

/** The body of an error response, in the form of Adyen's `RestServiceError`. */
export function restServiceError(
  status: keyof typeof ERRORS,
  detail: string,
  requestId: string,
  invalidFields?: readonly { name: string; value: string; message: string }[],
) {
  const { type, title, errorCode } = ERRORS[status];
  return {
    type: `https://docs.adyen.com/errors/${type}`,
    title,
    status,
    detail,
    requestId,
    errorCode,
    ...(invalidFields && { invalidFields }),
  };
}
