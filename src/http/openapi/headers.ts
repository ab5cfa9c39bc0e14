/** The response headers that the document names. */
export const HEADERS = {
  RequestId: {
    description:
      'The id of the request, which is in every log line about it. Tell it to the owner of Keyturn.',
    schema: { type: 'string' },
  },
  RetryAfter: {
    description: 'After how many seconds the same request may succeed. Present if that is known.',
    schema: { type: 'integer', minimum: 0 },
  },
  WwwAuthenticate: {
    description: 'What the bearer token lacks (RFC 6750, section 3). Present if the token is the reason.',
    schema: { type: 'string' },
  },
  IdempotentReplayed: {
    description: 'Present if the response is that of an earlier request with the same `Idempotency-Key`.',
    schema: { const: 'true' },
  },
  RotationId: {
    description: 'The id of the rotation, which has no key: its record says what happened.',
    schema: { type: 'string' },
  },
} as const;

const NAMES = {
  RequestId: 'X-Request-Id',
  RetryAfter: 'Retry-After',
  WwwAuthenticate: 'WWW-Authenticate',
  IdempotentReplayed: 'Idempotent-Replayed',
  RotationId: 'X-Rotation-Id',
} as const satisfies Record<keyof typeof HEADERS, string>;

/** The headers of a response of Keyturn's own: each has the id of its request. */
export function headers(...others: Exclude<keyof typeof HEADERS, 'RequestId'>[]) {
  const all: (keyof typeof HEADERS)[] = ['RequestId', ...others];
  return Object.fromEntries(all.map((one) => [NAMES[one], { $ref: `#/components/headers/${one}` }]));
}
