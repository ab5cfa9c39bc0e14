import type { ListSecrets } from '../../../src/rotation/ports.ts';
import type { Container } from '../kernel/container.ts';
import type { Call } from '../kernel/remote-call.ts';
import type { AccountSecret } from './managed-secret.ts';

/** How many secrets a page has: few, so that a process may be killed between two pages. */
const PAGE_SIZE = 2;

/** `ListSecrets`, as one process uses it: newest first, page by page. */
export function createListSecretsPort(deps: {
  secrets: readonly AccountSecret[];
  call: Call;
  container: Container;
}): ListSecrets {
  const { secrets, call, container } = deps;
  return async function* listSecrets() {
    const newestFirst = secrets.toReversed();
    for (let from = 0; from < newestFirst.length || from === 0; from += PAGE_SIZE) {
      const page = await call(
        container,
        'secrets-manager',
        'list',
        () => newestFirst.slice(from, from + PAGE_SIZE),
        (reason) => new Error(`the secrets cannot be listed (${reason})`),
      );
      for (const { id, arn } of page) yield { name: id, arn };
    }
  };
}
