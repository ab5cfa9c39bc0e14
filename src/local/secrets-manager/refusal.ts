/** An error as AWS Secrets Manager names it. */
export class Refusal extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

export const notFound = (what = 'secret') =>
  new Refusal('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}.`);
export const invalidRequest = (message: string) => new Refusal('InvalidRequestException', message);
export const invalidParameter = (message: string) => new Refusal('InvalidParameterException', message);
