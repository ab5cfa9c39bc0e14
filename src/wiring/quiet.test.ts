import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { createAwsClients } from './aws-clients.ts';
import { quiet } from './quiet.ts';

const LOG = /loggerMiddleware/;
const middlewareOf = (client: { middlewareStack: { identify(): string[] } }) =>
  client.middlewareStack.identify().join('\n');

describe('a client of the AWS SDK', () => {
  it('copies requests and responses for a log unless it is made quiet', () => {
    expect(middlewareOf(new SecretsManagerClient({ region: 'eu-west-1' }))).toMatch(LOG);
  });

  it.each(Object.entries(createAwsClients()))('of the functions is quiet: %s', (_name, client) => {
    expect(middlewareOf(client)).not.toMatch(LOG);
    expect(middlewareOf(client)).toMatch(/retryMiddleware/);
  });

  it('that has no such middleware is refused, as after an update of the SDK', () => {
    const client = quiet(new SecretsManagerClient({ region: 'eu-west-1' }));
    expect(() => quiet(client)).toThrow('has no middleware of the name loggerMiddleware');
  });
});
