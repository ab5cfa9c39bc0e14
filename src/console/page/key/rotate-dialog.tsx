import { useEffect, useRef, useState } from 'preact/hooks';
import type { KeyState } from '../../../rotation/key-state-schema.ts';

type Props = Readonly<{
  state: KeyState;
  onCancel: () => void;
  onRotate: (reason: string, idempotencyKey: string) => void;
}>;

/** The longest reason that the API takes. */
const LONGEST = 256;

/** Says what a rotation will do, and asks for the reason. */
export function RotateDialog({ state: { credential, managedSecret, overlap }, onCancel, onRotate }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  // One a dialog: sent twice, by a double click or a retry, it is one rotation.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="rotate-title" onClose={onCancel}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onRotate(reason.trim(), idempotencyKey);
        }}
      >
        <h2 id="rotate-title">Rotate {credential.apiCredentialId}?</h2>
        <ol>
          <li>Adyen makes a new key. It cannot be taken back.</li>
          <li>
            The key goes into <code>{managedSecret?.id}</code> as AWSPENDING. You do not see it.
          </li>
          <li>It becomes AWSCURRENT once it was seen working, usually in a few minutes.</li>
          <li>The previous key works for 24 more hours. Until then the consumers must have switched.</li>
        </ol>
        {overlap && (
          <p class="warn">
            The previous key still works: Keyturn will refuse another rotation until the overlap is over.
          </p>
        )}
        <label for="reason">Reason</label>
        <input
          id="reason"
          value={reason}
          maxLength={LONGEST}
          required
          autocomplete="off"
          aria-describedby="reason-says"
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <p id="reason-says" class="quiet">
          It stays in the audit.
        </p>
        <div class="buttons">
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={reason.trim() === ''}>
            Rotate
          </button>
        </div>
      </form>
    </dialog>
  );
}
