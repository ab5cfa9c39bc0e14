import { type ApiCredential, credentialPath } from '../../../src/rotation/api-credential.ts';
import type { Consumer } from '../../../src/rotation/consumers.ts';
import type { ConsumerLog } from '../../../src/rotation/ports.ts';
import { Unavailable } from '../../../src/rotation/unavailable.ts';
import type { Container } from '../kernel/container.ts';
import type { Call } from '../kernel/remote-call.ts';

/** What the consumers have said, by API credential and name. */
export type SaidByConsumers = Map<string, Map<string, Consumer>>;

/** The items of the consumers, as one process reads and writes them. */
export function createConsumersPort(deps: {
  said: SaidByConsumers;
  call: Call;
  container: Container;
  onSaid: (credential: string, consumer: Consumer) => void;
}): ConsumerLog {
  const { said, call, container, onSaid } = deps;
  const ask = <T>(what: string, act: () => T) =>
    call(
      container,
      'dynamodb',
      what,
      act,
      (reason) => new Unavailable('audit-unavailable', `the table cannot be used (${reason})`),
    );
  const of = (credential: ApiCredential) => {
    const path = credentialPath(credential);
    const found = said.get(path) ?? new Map<string, Consumer>();
    said.set(path, found);
    return found;
  };
  return {
    get: (credential, consumerId) => ask('get consumer', () => of(credential).get(consumerId)),
    put: (credential, consumer) =>
      ask('put consumer', () => {
        const before = of(credential).get(consumer.consumerId);
        if (before && before.acknowledgedAt > consumer.acknowledgedAt) return 'lost';
        of(credential).set(consumer.consumerId, consumer);
        onSaid(credentialPath(credential), consumer);
        return 'written';
      }),
    list: (credential, atMost) => ask('list consumers', () => [...of(credential).values()].slice(0, atMost)),
  };
}
