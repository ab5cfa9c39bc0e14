import type { KeyStateSummary } from '../../../rotation/key-state-schema.ts';
import { linkTo } from '../route.ts';
import { drawKey } from '../timeline/draw-key.ts';
import type { Window } from '../timeline/scale.ts';
import { Timeline } from '../timeline/timeline.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { duration, RelativeTime } from '../ui/time.tsx';
import type { Switches } from './switches.ts';

type Props = Readonly<{
  state: KeyStateSummary;
  window: Window;
  now: number;
  /** `undefined` until they are known. */
  switches: Switches | undefined;
  index: number;
}>;

/** One API credential in the list of keys. */
export function KeyRow({ state: key, window, now, switches, index }: Props) {
  const { credential, state, keyInUse, dueAt } = key;
  const age = keyInUse?.issuedAt === undefined ? undefined : now - Date.parse(keyInUse.issuedAt);
  return (
    <div role="row" aria-rowindex={index} class="key-row">
      <span role="cell" class="cell-name">
        <a href={linkTo.key(credential)}>
          <b>{credential.apiCredentialId}</b>
          <span class="quiet">
            {credential.level === 'companies' ? 'company ' : ''}
            {credential.accountId}
          </span>
        </a>
      </span>
      <span role="cell" class="cell-state">
        <StateBadge state={state} />
      </span>
      <span role="cell" class="cell-line">
        <Timeline drawing={drawKey(key, now)} window={window} now={now} />
      </span>
      <span role="cell" class="cell-age number" data-label="Age">
        {age === undefined ? '–' : duration(age)}
      </span>
      <span role="cell" class="cell-due number" data-label="Due">
        {dueAt === undefined ? '–' : <RelativeTime at={dueAt} now={now} />}
      </span>
      <span role="cell" class="cell-switch" data-label="Not switched">
        <NotSwitched switches={switches} />
      </span>
    </div>
  );
}

function NotSwitched({ switches }: { switches: Switches | undefined }) {
  if (!switches) return <span class="quiet">…</span>;
  const { late, all } = switches;
  if (all === 0) return <span class="quiet">–</span>;
  if (late.length === 0) return <span class="quiet">none of {all}</span>;
  return (
    <span title={late.join(', ')}>
      <b>{late.length}</b> of {all}
    </span>
  );
}
