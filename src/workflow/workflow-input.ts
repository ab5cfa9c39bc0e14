import type { ApiCredential } from '../rotation/api-credential.ts';
import type { IssuedKey } from '../rotation/key-events.ts';

/** What an event asks for. */
export type Order =
  | Readonly<{
      kind: 'rotate';
      eventId: string;
      source: string;
      credential: ApiCredential;
      reason: string;
      force: boolean;
    }>
  | Readonly<{ kind: 'take-up'; issued: IssuedKey }>
  /** It can not be carried out. `credential` is there if it names one all the same. */
  | Readonly<{
      kind: 'malformed';
      eventId?: string;
      source?: string;
      credential?: ApiCredential;
      faults: string;
    }>;
