import type { KeyStateName } from '../../../rotation/key-state-names.ts';
import type { Status } from '../../../rotation/lifecycle.ts';

/** Each state has its own shape: colours alone cannot be told apart by all people. */
const SHAPES: Readonly<Record<KeyStateName | Status, string>> = {
  dead: 'M3 3 13 13M13 3 3 13',
  stalled: 'M5 3V13M11 3V13',
  quarantined: 'M8 2 15 14H1Z',
  pending: 'M8 2a6 6 0 0 1 0 12zM8 2a6 6 0 0 0 0 12',
  overlap: 'M6 3a5 5 0 1 0 0 10a5 5 0 0 0 0-10M10 3a5 5 0 1 0 0 10a5 5 0 0 0 0-10',
  due: 'M8 2 14 8 8 14 2 8Z',
  ok: 'M3 8.5 6.5 12 13 4.5',
  started: 'M8 2a6 6 0 0 1 0 12zM8 2a6 6 0 0 0 0 12',
  succeeded: 'M3 8.5 6.5 12 13 4.5',
  failed: 'M3 3 13 13M13 3 3 13',
  unknown: 'M8 2 15 14H1Z',
};

/** The state of a key or of a rotation: a shape, a colour and its name. */
export function StateBadge({ state }: { state: KeyStateName | Status }) {
  return (
    <span class={`badge state-${state}`}>
      <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
        <path d={SHAPES[state]} />
      </svg>
      {state}
    </span>
  );
}
