import type { Secret } from '../../secret.ts';
import type { ApiCredential } from '../api-credential.ts';
import type { Log, ManagementCredential, ReadApiCredential, ReadManagementCredential } from '../ports.ts';
import { Unavailable } from '../unavailable.ts';
import { type Check, failed, passed, skipped, skippedAfter } from './check.ts';

/** What Adyen requires for `generateApiKey`, and for reading an API credential. */
const ROLE = 'Management API—API credentials read and write';
/** So many addresses are named in a text; of more, only their number. */
const MAX_ADDRESSES = 10;

const AFTER_ROLE = ['api-credential', 'api-credential-active', 'allowed-addresses'] as const;
const AFTER_KEY = ['management-role', ...AFTER_ROLE] as const;
const AFTER_SECRET = ['management-key', ...AFTER_KEY] as const;

type ManagementRead = Awaited<ReturnType<ReadManagementCredential>>;
type CredentialRead = Awaited<ReturnType<ReadApiCredential>>;

/** Whether Adyen would make a key. It only reads there. `deadline` is when it must be over (ms since the epoch). */
export type CheckUpstream = (credential: ApiCredential, deadline: number) => Promise<Check[]>;

export function createCheckUpstream(deps: {
  managementCredential: ManagementCredential;
  readManagementCredential: ReadManagementCredential;
  readApiCredential: ReadApiCredential;
  log: Log;
}): CheckUpstream {
  const { managementCredential, readManagementCredential, readApiCredential, log } = deps;

  return async (credential, deadline) => {
    try {
      const { managementKey, read } = await readManagement(credential, deadline);
      const stored = passed('management-credential', 'The management credential can be read.');
      if (read.kind === 'failed') {
        return [stored, rejectedKey(read), ...skippedAfter('management-key', AFTER_KEY)];
      }
      const key = passed('management-key', `Adyen accepts the management key: ${read.seen}.`);
      const found = await readApiCredential({ credential, managementKey, deadline });
      return [stored, key, ...checkCredential(credential, read.found.roles, found)];
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      log.error('A dry run cannot read the management credential', { error });
      const detail =
        'The secret with the management credential cannot be read, or its content is not a credential. A rotation would be refused. Try again later; if it happens again, the owner of Keyturn must check the secret.';
      return [
        failed('management-credential', detail, error.code),
        ...skippedAfter('management-credential', AFTER_SECRET),
      ];
    }
  };

  /** As a rotation does: after Adyen's 401 the key is read again, once. */
  async function readManagement(
    credential: ApiCredential,
    deadline: number,
  ): Promise<{ managementKey: Secret; read: ManagementRead }> {
    const managementKey = await managementCredential.get(credential);
    const read = await readManagementCredential({ managementKey, deadline });
    if (read.kind === 'read' || read.code !== 'upstream-unauthorized') return { managementKey, read };
    const reloaded = await managementCredential.reload(credential, managementKey);
    return {
      managementKey: reloaded,
      read: await readManagementCredential({ managementKey: reloaded, deadline }),
    };
  }
}

type Failure = Extract<ManagementRead, { kind: 'failed' }>;

function rejectedKey(read: Failure): Check {
  const { code, seen } = read;
  if (code !== 'upstream-unauthorized') return noAnswer('management-key', read);
  const detail = `Adyen rejects the management key, also after it was read again: ${seen}. A rotation would fail, and no key would be made. The owner of Keyturn must store a management key that works.`;
  return failed('management-key', detail, code);
}

function checkCredential(
  credential: ApiCredential,
  roles: readonly string[],
  found: CredentialRead,
): Check[] {
  if (found.kind === 'read') {
    const role = `Adyen let the management credential read the API credential, which needs the same role as a rotation.`;
    return [
      passed('management-role', role),
      passed('api-credential', `Adyen knows the API credential: ${found.seen}.`),
      ...checkUsable(found.found),
    ];
  }
  if (found.code === 'upstream-forbidden') {
    return [missingRight(credential, hasRole(roles), found), ...skippedAfter('management-role', AFTER_ROLE)];
  }
  const role = hasRole(roles)
    ? passed('management-role', `The management credential has the role "${ROLE}".`)
    : skipped('management-role', 'Adyen did not say whether the management credential may do this.');
  return [
    role,
    unknownCredential(found),
    ...skippedAfter('api-credential', ['api-credential-active', 'allowed-addresses']),
  ];
}

function missingRight(
  { level, accountId }: ApiCredential,
  isInRole: boolean,
  { code, seen }: Failure,
): Check {
  const cause = isInRole
    ? `The management credential has the role "${ROLE}", and Adyen refused it this API credential`
    : `The management credential lacks the role "${ROLE}"`;
  const remedy = isInRole ? `give it access to ${level}/${accountId}` : 'give it the role';
  const detail = `${cause}: ${seen}. A rotation would fail, and no key would be made. The owner of Keyturn must ${remedy}.`;
  return failed('management-role', detail, code);
}

function unknownCredential(found: Failure): Check {
  const { code, seen } = found;
  if (code !== 'credential-not-found') return noAnswer('api-credential', found);
  const detail = `Adyen does not know this API credential: ${seen}. A rotation would fail. Check the level, the account and the id.`;
  return failed('api-credential', detail, code);
}

function checkUsable({
  isActive,
  allowedAddresses,
}: Extract<CredentialRead, { kind: 'read' }>['found']): Check[] {
  const active = isActive
    ? passed('api-credential-active', 'The API credential is active.')
    : failed(
        'api-credential-active',
        "The API credential is not active: no key of it works, and Adyen may reject a rotation. Activate it in Adyen's Customer Area.",
        'upstream-validation',
      );
  return [active, passed('allowed-addresses', addressesDetail(allowedAddresses))];
}

function addressesDetail(addresses: readonly string[]): string {
  if (addresses.length === 0) return 'A new key works from every address.';
  const named = addresses.length > MAX_ADDRESSES ? `${addresses.length} addresses` : addresses.join(', ');
  return `A new key works only from ${named}. With a managed secret, the address from which Keyturn calls Adyen must be one of them: otherwise Keyturn cannot see the key working, and does not promote it.`;
}

/** Adyen gave no answer that says anything of the key or the credential. */
function noAnswer(name: 'management-key' | 'api-credential', { code, seen }: Failure): Check {
  const detail = `Adyen did not answer the question: ${seen}. A rotation now may fail in the same way. Try again later.`;
  return failed(name, detail, code);
}

/** Adyen writes roles with hyphens and dashes of several lengths. */
function hasRole(roles: readonly string[]): boolean {
  const plain = (role: string) => role.replaceAll(/[\s\u2010-\u2015-]+/g, ' ');
  return roles.some((role) => plain(role) === plain(ROLE));
}
