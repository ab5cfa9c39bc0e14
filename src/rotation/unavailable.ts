/**
 * A service that Keyturn needs does not respond, and nothing was begun. `code` is the problem that the caller is told; the
 * cause is for the log, and names no secret.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly code: 'audit-unavailable' | 'management-credential-unavailable' | 'settings-unavailable';

  constructor(code: Unavailable['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
