import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { KeyState } from '../../../rotation/key-state-schema.ts';
import type { Api, Problem } from '../api.ts';
import { toProblem } from '../load.ts';
import type { Session } from '../login.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { CheckResult, DryRunResult, RotateResult } from './results.tsx';
import { RotateDialog } from './rotate-dialog.tsx';

type Props = Readonly<{ api: Api; session: Session; state: KeyState; onDone: () => void }>;
type Outcome = Readonly<{ problem: Problem; retry: (() => void) | undefined } | { shown: ComponentChildren }>;

const SCOPE = 'apikeys:rotate';

/** What a person can do with a key. Each button says what it does, and why it cannot be used. */
export function Actions({ api, session, state, onDone }: Props) {
  const { credential, managedSecret } = state;
  const [running, setRunning] = useState<string>();
  const [outcome, setOutcome] = useState<Outcome>();
  const [isAsking, setAsking] = useState(false);

  const lacksScope = session.scopes.has(SCOPE) ? undefined : `Your token lacks the scope ${SCOPE}.`;
  const lacksSecret = managedSecret ? undefined : 'This API credential has no managed secret.';

  async function run(name: string, act: () => Promise<ComponentChildren>, retry?: () => void) {
    setRunning(name);
    setOutcome(undefined);
    try {
      setOutcome({ shown: await act() });
    } catch (error) {
      const problem = toProblem(error);
      setOutcome({ problem, retry: isUnanswered(problem) ? retry : undefined });
    }
    setRunning(undefined);
  }

  /** A retry has the same idempotency key: if the first request did rotate, it is the same rotation. */
  function rotate(reason: string, idempotencyKey: string) {
    const act = async () => {
      try {
        await api.rotate(credential, reason, idempotencyKey);
      } finally {
        // A rotation that failed is in the history too.
        onDone();
      }
      const newest = await api.listRotations(credential).catch(() => undefined);
      return <RotateResult rotation={newest?.rotations[0]} />;
    };
    run('rotate', act, () => rotate(reason, idempotencyKey));
  }

  return (
    <section aria-labelledby="actions">
      <h2 id="actions">Actions</h2>
      <ul class="actions">
        <Action
          id="dry-run"
          name={running === 'dry-run' ? 'Looking …' : 'Dry run'}
          says="Looks whether a rotation would work now: at the audit, at Adyen, at the secret. It changes nothing."
          why={lacksScope}
          isRunning={running !== undefined}
          onClick={() => run('dry-run', async () => <DryRunResult result={await api.dryRun(credential)} />)}
        />
        <Action
          id="check"
          name={running === 'check' ? 'Asking Adyen …' : 'Check'}
          says="Asks Adyen whether the key in use works. If it is dead, Keyturn starts to replace it."
          why={lacksScope ?? lacksSecret}
          isRunning={running !== undefined}
          onClick={() =>
            run('check', async () => {
              const result = await api.check(credential);
              onDone();
              return <CheckResult result={result} />;
            })
          }
        />
        <Action
          id="rotate"
          name={running === 'rotate' ? 'Rotating …' : 'Rotate …'}
          says="Has Adyen make a new key, puts it into the managed secret, and promotes it there once it works."
          why={
            lacksScope ??
            (lacksSecret &&
              `${lacksSecret} The new key would have no place but this page, which shows no keys.`)
          }
          isRunning={running !== undefined}
          onClick={() => setAsking(true)}
        />
      </ul>
      {isAsking && (
        <RotateDialog
          state={state}
          onCancel={() => setAsking(false)}
          onRotate={(reason, idempotencyKey) => {
            setAsking(false);
            rotate(reason, idempotencyKey);
          }}
        />
      )}
      <div aria-live="polite" class="outcome">
        {outcome && 'shown' in outcome && outcome.shown}
      </div>
      {outcome && 'problem' in outcome && (
        <ProblemNotice problem={outcome.problem} {...(outcome.retry && { onRetry: outcome.retry })} />
      )}
    </section>
  );
}

/** Whether Keyturn has not said how a request ended: it may have done what was asked. */
function isUnanswered({ status, code }: Problem): boolean {
  return status === undefined || code === 'timeout' || (status >= 500 && !code);
}

type ActionProps = Readonly<{
  id: string;
  name: string;
  says: string;
  /** Why it cannot be used. */
  why: string | undefined;
  isRunning: boolean;
  onClick: () => void;
}>;

function Action({ id, name, says, why, isRunning, onClick }: ActionProps) {
  return (
    <li>
      <button
        type="button"
        id={id}
        aria-describedby={`${id}-says`}
        disabled={why !== undefined || isRunning}
        onClick={onClick}
      >
        {name}
      </button>
      <p id={`${id}-says`}>
        {says} {why !== undefined && <b>{why}</b>}
      </p>
    </li>
  );
}
