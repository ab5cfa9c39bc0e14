import type { CheckResponse } from '../../../http/check/check-response.ts';
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
