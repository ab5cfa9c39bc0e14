import { randomBytes } from 'node:crypto';

type Handler = (event: unknown, context: unknown) => unknown;

/**
 * A handler that gets an id of its own with each HTTP request, in the form that API Gateway gives it. serverless-offline
 * sends the same text with every request, and has no setting for it.
 */
export function withRequestId(handler: Handler): Handler {
  return (event, context) => {
    if (isHttpRequest(event)) event.requestContext.requestId = newRequestId();
    return handler(event, context);
  };
}

/** As in https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function newRequestId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

function isHttpRequest(event: unknown): event is { requestContext: { requestId: string } } {
  return typeof event === 'object' && event !== null && 'requestContext' in event;
}
