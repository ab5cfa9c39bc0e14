import type { Problem } from '../api.ts';

/** Says why something did not work, what to do, and which request to name to the owner of Keyturn. */
export function ProblemNotice({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const { title, detail, next, requestId, retryAfter } = problem;
  return (
    <div class="notice problem" role="alert">
      <h2>{title}</h2>
      {detail && <p>{detail}</p>}
      {next && (
        <p>
          <b>What to do:</b> {next}
        </p>
      )}
      {retryAfter !== undefined && <p>Try again after {retryAfter} s.</p>}
      {requestId && (
        <p class="quiet">
          Request <code>{requestId}</code>
        </p>
      )}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
