/** Says which managed secret cannot be used, and AWS's name for the reason. It quotes nothing else: AWS may quote a value. */
export class ManagedSecretError extends Error {
  override readonly name = 'ManagedSecretError';
}
