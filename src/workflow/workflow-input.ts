import type { ApiCredential } from '../rotation/api-credential.ts';
import type { IssuedKey } from '../rotation/key-events.ts';
import type { RotationRequest } from '../rotation/rotation-request.ts';

/** A `RotateApiKey` event: the API credential's key is to be rotated. */
export type RotateInput = Readonly<{
  kind: 'rotate';
  eventId: string;
  source: string;
  /** There if the event is one of many: then the campaign, and not the event's id, makes the idempotency key. */
  campaign?: string;
  credential: ApiCredential;
  request: RotationRequest;
}>;

/** A rotation may have made a key that Keyturn did not receive: the key in use may have 24 hours left. */
export type RecoverInput = Readonly<{
  kind: 'recover';
  credential: ApiCredential;
  rotationId: string;
  number: number;
  /** Whether the rotation was requested by an event, whose own execution goes on. */
  isFollowedByItself: boolean;
  completedAt: string;
}>;

/** The key in use was seen dead. */
export type HealInput = Readonly<{
  kind: 'heal';
  credential: ApiCredential;
  versionId: string;
  seen: string;
}>;

/** What starts an execution of the workflow, and when its event was raised (RFC 3339), if the event says so. */
export type WorkflowInput = Readonly<{ raisedAt?: string }> & Order;

type Order =
  | RotateInput
  /** A key was issued outside the workflow: promote it and watch it. */
  | Readonly<{ kind: 'resume'; issued: IssuedKey }>
  | RecoverInput
  | HealInput
  /** An operator went back from this key to an earlier one. */
  | Readonly<{ kind: 'rolled-back'; issued: IssuedKey }>
  /** An event that cannot be read. `credential` is there if the event names one nevertheless. */
  | Readonly<{
      kind: 'malformed';
      eventId?: string;
      source?: string;
      credential?: ApiCredential;
      faults: string;
    }>;
