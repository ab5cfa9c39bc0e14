/** The name of the error of a secret that does not exist: waiting does not help. */
export const MISSING = 'ManagedSecretMissing';

/** Says which managed secret cannot be used, and AWS's name for the reason. It quotes nothing else: AWS may quote a value. */
export class ManagedSecretError extends Error {
  override readonly name: string;
  readonly isMissing: boolean;

  constructor(message: string, isMissing = false) {
    super(message);
    this.isMissing = isMissing;
    this.name = isMissing ? MISSING : 'ManagedSecretError';
  }
}
