/** `util.inspect.custom`, by the name that Node registers it under for code that runs in a browser too: nodejs.org/api/util.html */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** What a {@link Secret} shows to everything but {@link Secret.reveal}. */
export const REDACTED = '[redacted]';

/** What an Adyen API key (`AQE…`) and a JWT (`eyJ…`) look like. */
export const KEY_OR_TOKEN = /AQE[^\s"'\\]{8,}|eyJ[\w-]{8,}[\w.-]*/;

/**
 * A value that must not be seen: an API key, a bearer token.
 *
 * It prints as `[redacted]` in string concatenation, templates, `JSON.stringify` and `util.inspect`,
 * has no enumerable state, and is lost in a structured clone. Opening it is a deliberate `reveal()`,
 * so that every place that handles the plain value can be found by that word.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain value. Never log it, never put it on an error, never store it outside a secret store. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [INSPECT](): string {
    return REDACTED;
  }
}
