/** An error response of AWS Secrets Manager. `name` is the error's type, such as `ResourceNotFoundException`. */
export class SecretsManagerError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

export const notFound = (what = 'secret') =>
  new SecretsManagerError('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}.`);
export const alreadyExists = (message: string) => new SecretsManagerError('ResourceExistsException', message);
export const invalidRequest = (message: string) =>
  new SecretsManagerError('InvalidRequestException', message);
export const invalidParameter = (message: string) =>
  new SecretsManagerError('InvalidParameterException', message);
