import type { ApiCredential } from '../rotation/api-credential.ts';
import type { IssuedKey } from '../rotation/key-events.ts';
import type { RotationRequest } from '../rotation/rotation-request.ts';

/** A `RotateApiKey` event: the API credential's key is to be rotated. */
export type RotateInput = Readonly<{
  kind: 'rotate';
  eventId: string;
  source: string;
  credential: ApiCredential;
  request: RotationRequest;
}>;

/** What starts an execution of the workflow. */
export type WorkflowInput =
  | RotateInput
  /** A key was issued outside the workflow: promote it and watch it. */
  | Readonly<{ kind: 'resume'; issued: IssuedKey }>
  /** An event that cannot be read. `credential` is there if the event names one nevertheless. */
  | Readonly<{
      kind: 'malformed';
      eventId?: string;
      source?: string;
      credential?: ApiCredential;
      faults: string;
    }>;
