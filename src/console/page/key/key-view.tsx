import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { RotationDetail } from '../../../http/history/rotation-detail.ts';
import { type ApiCredential, credentialPath } from '../../../rotation/api-credential.ts';
import { KEY_STATES, type KeyStateName } from '../../../rotation/key-state-names.ts';
import type { KeyState } from '../../../rotation/key-state-schema.ts';
import type { Api } from '../api.ts';
import { useNow } from '../clock.ts';
import { lateConsumers } from '../late.ts';
import { useLoaded } from '../load.ts';
import type { Session } from '../login.ts';
import { linkTo } from '../route.ts';
import { drawKey } from '../timeline/draw-key.ts';
import { RangeChoice } from '../timeline/range-choice.tsx';
import { type Range, windowOf } from '../timeline/scale.ts';
import { Axis, Legend, Timeline } from '../timeline/timeline.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { duration, FullTime, RelativeTime } from '../ui/time.tsx';
import { Actions } from './actions.tsx';
import { History } from './history.tsx';

type Props = Readonly<{ api: Api; session: Session; credential: ApiCredential }>;

/** *One key*: its state, what can be done, its consumers and its history. */
export function KeyView({ api, session, credential }: Props) {
  const path = credentialPath(credential);
  const [{ data, problem }, reload] = useLoaded(path, () =>
    Promise.all([api.getKey(credential), api.listRotations(credential)]),
  );
  const [key, history] = data ?? [];
  useEffect(() => {
    document.title = `${credential.apiCredentialId} · Keyturn`;
  }, [credential.apiCredentialId]);
  return (
    <main id="main" tabIndex={-1} class="detail">
      <nav aria-label="Breadcrumb" class="crumbs">
        <a href={linkTo.keys()}>Keys</a> / {credential.level} / {credential.accountId}
      </nav>
      <div class="head">
        <h1>{credential.apiCredentialId}</h1>
        {key && <StateBadge state={key.state} />}
        <button type="button" class="right" onClick={reload}>
          Refresh
        </button>
      </div>
      {problem && <ProblemNotice problem={problem} onRetry={reload} />}
      {!key && !problem && <p class="empty">Loading the key …</p>}
      {key && <State state={key} rotations={history?.rotations ?? []} />}
      {key && <Actions api={api} session={session} state={key} onDone={reload} />}
      {key && <Consumers state={key} />}
      {key && history && <History api={api} credential={credential} first={history} />}
    </main>
  );
}

/** The stretch of time in which most of a state happens. */
const RANGE_OF: Readonly<Record<KeyStateName, Range>> = {
  dead: '2 d',
  stalled: '2 d',
  quarantined: '1 h',
  pending: '1 h',
  overlap: '2 d',
  due: '1 y',
  ok: '30 d',
};

function State({ state: key, rotations }: { state: KeyState; rotations: readonly RotationDetail[] }) {
  const now = useNow();
  const [range, setRange] = useState<Range>(RANGE_OF[key.state]);
  const { keyInUse, pendingKey, previousKeyExpiresAt, overlap, quarantine, lastCheck, dueAt, managedSecret } =
    key;
  const reason = rotations[0]?.reason;
  return (
    <section aria-labelledby="state">
      <h2 id="state" class="visually-hidden">
        State
      </h2>
      <p class="lead">{KEY_STATES[key.state].replaceAll('`', '')}</p>
      <div class="panel">
        <div class="panel-head">
          <RangeChoice range={range} onChange={setRange} />
        </div>
        <Axis range={range} />
        <Timeline drawing={drawKey(key, now)} window={windowOf(range, now)} now={now} />
        <Legend />
      </div>
      <dl class="facts">
        <Fact name="Key in use">
          {keyInUse?.keyFingerprint ? <code>{keyInUse.keyFingerprint}</code> : 'not made by Keyturn'}
          {keyInUse?.ageSeconds !== undefined && (
            <div class="quiet">{duration(keyInUse.ageSeconds * 1000)} old</div>
          )}
          {keyInUse?.endsAt && (
            <div>
              ends <RelativeTime at={keyInUse.endsAt} now={now} />
            </div>
          )}
        </Fact>
        {pendingKey && (
          <Fact name="Pending key">
            <code>{pendingKey.keyFingerprint}</code>
            <div class="quiet">
              usable <RelativeTime at={pendingKey.usableFrom} now={now} />
            </div>
          </Fact>
        )}
        {previousKeyExpiresAt && (
          <Fact name={Date.parse(previousKeyExpiresAt) > now ? 'Previous key ends' : 'Previous key ended'}>
            <FullTime at={previousKeyExpiresAt} now={now} />
          </Fact>
        )}
        {overlap && (
          <Fact name="Next rotation without force">
            <FullTime at={overlap.until} now={now} />
          </Fact>
        )}
        {quarantine && (
          <Fact name="Quarantine ends">
            <FullTime at={quarantine.until} now={now} />
          </Fact>
        )}
        <Fact name="Last check">
          {lastCheck ? (
            <>
              {lastCheck.result} {lastCheck.detail && <span class="quiet">({lastCheck.detail})</span>}
              <div class="quiet">
                <RelativeTime at={lastCheck.at} now={now} />
              </div>
            </>
          ) : (
            <span class="quiet">none on record</span>
          )}
        </Fact>
        <Fact name="Due">{dueAt ? <FullTime at={dueAt} now={now} /> : <span class="quiet">never</span>}</Fact>
        <Fact name="Managed secret">
          {managedSecret ? (
            <>
              <code>{managedSecret.id}</code>
              {managedSecret.error && <div>It cannot be read.</div>}
            </>
          ) : (
            <span class="quiet">none</span>
          )}
        </Fact>
        {reason && <Fact name="Reason of the last rotation">{reason}</Fact>}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const USES = { 'in-use': 'the key in use', pending: 'the pending key', earlier: 'another key' } as const;

function Consumers({ state }: { state: KeyState }) {
  const now = useNow();
  const { consumers, hasMoreConsumers } = state;
  const late = lateConsumers(state);
  const sorted = [...late, ...consumers.filter((one) => !late.includes(one))];
  return (
    <section aria-labelledby="consumers">
      <h2 id="consumers">Consumers</h2>
      {consumers.length === 0 ? (
        <p class="quiet">No consumer has said which key it uses.</p>
      ) : (
        <div class="scroll">
          <table>
            <caption>
              {late.length === 0
                ? `All ${hasMoreConsumers ? 'that are shown ' : ''}have switched.`
                : `${late.length} ${late.length === 1 ? 'has' : 'have'} not switched.`}
            </caption>
            <thead>
              <tr>
                <th scope="col">Consumer</th>
                <th scope="col">Uses</th>
                <th scope="col">Since</th>
                <th scope="col">Last said</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map(({ consumerId, key, rotationNumber, since, acknowledgedAt }) => (
                <tr key={consumerId}>
                  <th scope="row">{consumerId}</th>
                  <td class={key === 'earlier' ? 'warn' : ''}>
                    {USES[key]} <span class="quiet">#{rotationNumber}</span>
                  </td>
                  <td>
                    <RelativeTime at={since} now={now} />
                  </td>
                  <td>
                    <RelativeTime at={acknowledgedAt} now={now} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasMoreConsumers && <p class="quiet">There are more than the {consumers.length} that are shown.</p>}
    </section>
  );
}
