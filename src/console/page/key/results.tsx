import type { CheckResponse } from '../../../http/check/check-response.ts';
import type { RotationDetail } from '../../../http/history/rotation-detail.ts';
import type { DryRunResponse } from '../../../http/rotate/dry-run-response.ts';

const OUTCOMES = { passed: '✓', failed: '✕', skipped: '–' } as const;

/** What a dry run has found. */
export function DryRunResult({ result: { wouldRotate, checks } }: { result: DryRunResponse }) {
  return (
    <div class={`notice ${wouldRotate ? 'good' : 'bad'}`}>
      <h3>{wouldRotate ? 'A rotation would work now' : 'A rotation would not work now'}</h3>
      <ul class="checks">
        {checks.map(({ name, outcome, detail }) => (
          <li key={name} class={outcome}>
            <span aria-hidden="true">{OUTCOMES[outcome]}</span>
            <span>
              <b>{name}</b> <span class="visually-hidden">{outcome}:</span> {detail.replaceAll('`', '')}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const RESULTS = {
  works: 'The key in use works',
  dead: 'The key in use is dead',
  unclear: 'Adyen gave no clear answer',
  'no-key': 'There is no key in use',
} as const;

/** What a check has seen. */
export function CheckResult({ result: { result, seen, healing } }: { result: CheckResponse }) {
  return (
    <div class={`notice ${result === 'works' ? 'good' : 'bad'}`}>
      <h3>{RESULTS[result]}</h3>
      {seen && <p>{seen}.</p>}
      {healing === 'started' && <p>Keyturn replaces it now.</p>}
      {healing === 'not-started' && <p>The replacement could not be started. The next check tries again.</p>}
    </div>
  );
}

/**
 * How a rotation ended that the API responded to with success. The page does not read that response, because the key is in
 * it, so the record says whether the key was stored.
 *
 * @param rotation its record, if it could be read
 */
export function RotateResult({ rotation }: { rotation: RotationDetail | undefined }) {
  if (rotation?.status !== 'succeeded') {
    return (
      <div class="notice">
        <h3>The rotation has ended</h3>
        <p>Its record could not be read. Refresh the page of the key, and look at its history.</p>
      </div>
    );
  }
  const { secret } = rotation;
  if (secret && 'arn' in secret) {
    return (
      <div class="notice good">
        <h3>A new key was made</h3>
        <p>
          It is in the managed secret as AWSPENDING. Keyturn promotes it once it was seen working, usually in
          a few minutes. The previous key works for 24 hours.
        </p>
      </div>
    );
  }
  return (
    <div class="notice bad">
      <h3>{secret ? 'The new key could not be stored' : 'The new key is not in a managed secret'}</h3>
      <p>
        It is lost: the console shows no key. The previous key works for 24 hours. Check that Keyturn may
        write to the secret, then rotate again through the API with <code>force</code>.
      </p>
    </div>
  );
}
