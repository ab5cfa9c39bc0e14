type HasMiddleware = Readonly<{ middlewareStack: Readonly<{ remove(name: string): boolean }> }>;

/**
 * The same client of the AWS SDK without its middleware for a log: that copies each request and each response, secrets too,
 * for a logger that is not there. Throws an error if the client has no such middleware.
 */
export function quiet<Client extends HasMiddleware>(client: Client): Client {
  if (!client.middlewareStack.remove('loggerMiddleware')) {
    throw new Error('the client of the AWS SDK has no middleware of the name loggerMiddleware');
  }
  return client;
}
