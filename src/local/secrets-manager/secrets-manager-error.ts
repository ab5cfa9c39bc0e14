/** An error response of AWS Secrets Manager. `name` is the error's type, such as `ResourceNotFoundException`. */
export class SecretsManagerError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The secret, or the part of it that is named, does not exist. */
export const notFound = (what = 'secret') =>
  new SecretsManagerError('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}.`);
/** A secret or a version with this name exists. */
export const alreadyExists = (message: string) => new SecretsManagerError('ResourceExistsException', message);
/** The operation is not possible in the secret's present state. */
export const invalidRequest = (message: string) =>
  new SecretsManagerError('InvalidRequestException', message);
/** A parameter has a value that is not allowed. */
export const invalidParameter = (message: string) =>
  new SecretsManagerError('InvalidParameterException', message);
/** The token does not come from a list. */
export const invalidNextToken = () =>
  new SecretsManagerError('InvalidNextTokenException', 'The NextToken value is invalid.');
/** A quota would be exceeded. */
export const limitExceeded = (message: string) => new SecretsManagerError('LimitExceededException', message);
