import type { Context } from 'aws-lambda';
import { expect, it, vi } from 'vitest';

it('the enrolment is off if the checks are off', async () => {
  vi.stubEnv('AUDIT_TABLE_NAME', 'audit');
  vi.stubEnv('MANAGED_SECRETS', '{"merchants/*/apiCredentials/*":"{accountId}/{apiCredentialId}"}');
  vi.stubEnv('KEY_CHECK_SECONDS', '0');
  vi.stubEnv('AWS_REGION', 'local');
  // Nothing listens here: each call would fail.
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://localhost:9');
  const { handler } = await import('./enrol-credentials.ts');
  // The function reads only this of its context.
  const context = { getRemainingTimeInMillis: () => 300_000 } as Context;
  expect(await handler({}, context)).toBeUndefined();
});
