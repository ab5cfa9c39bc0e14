import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { RotationDetail } from '../../../http/history/rotation-detail.ts';
import { credentialPath } from '../../../rotation/api-credential.ts';
import { MEANINGS } from '../../../rotation/entry-meanings.ts';
import type { Api } from '../api.ts';
import { useNow } from '../clock.ts';
import { useLoaded } from '../load.ts';
import { linkTo } from '../route.ts';
import { drawRotation } from '../timeline/draw-rotation.ts';
import type { Window } from '../timeline/scale.ts';
import { Legend, Timeline } from '../timeline/timeline.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { absolute, duration, FullTime } from '../ui/time.tsx';

/** *One rotation*: its record, what Adyen said, its events and its seal. */
export function RotationView({ api, id }: { api: Api; id: string }) {
  const [{ data: rotation, problem }, reload] = useLoaded(id, () => api.getRotation(id));
  useEffect(() => {
    document.title = `Rotation · Keyturn`;
  }, []);
  return (
    <main id="main" tabIndex={-1} class="detail">
      <nav aria-label="Breadcrumb" class="crumbs">
        <a href={linkTo.keys()}>Keys</a>
        {rotation && (
          <>
            {' '}
            / <a href={linkTo.key(rotation.credential)}>{rotation.credential.apiCredentialId}</a>
          </>
        )}{' '}
        / rotation
      </nav>
      <div class="head">
        <h1>{rotation ? `Rotation #${rotation.number}` : 'Rotation'}</h1>
        {rotation && <StateBadge state={rotation.status} />}
        <button type="button" class="right" onClick={reload}>
          Refresh
        </button>
      </div>
      {problem && <ProblemNotice problem={problem} onRetry={reload} />}
      {!rotation && !problem && <p class="empty">Loading the rotation …</p>}
      {rotation && <Detail rotation={rotation} />}
    </main>
  );
}

function Detail({ rotation }: { rotation: RotationDetail }) {
  const now = useNow();
  const { id, credential, requestedBy, reason, force, requestId } = rotation;
  const window = windowOf(rotation);
  return (
    <>
      <div class="panel">
        <Timeline drawing={drawRotation(rotation, now)} window={window} now={now} />
        <p class="ends quiet">
          <span>{absolute(window.from)}</span>
          <span>{absolute(window.to)}</span>
        </p>
        <Legend />
      </div>
      <section aria-labelledby="events">
        <h2 id="events">Events</h2>
        <Events rotation={rotation} />
      </section>
      <section aria-labelledby="record">
        <h2 id="record">Record</h2>
        <dl class="facts">
          <Fact name="Rotation" value={<code>{id}</code>} />
          <Fact
            name="API credential"
            value={<a href={linkTo.key(credential)}>{credentialPath(credential)}</a>}
          />
          <Fact name="Requested" value={<FullTime at={rotation.requestedAt} now={now} />} />
          <Fact
            name="By"
            value={`${requestedBy.subject}${requestedBy.clientId && requestedBy.clientId !== requestedBy.subject ? ` through ${requestedBy.clientId}` : ''} (${requestedBy.source}${requestedBy.sourceIp ? `, ${requestedBy.sourceIp}` : ''})`}
          />
          {reason && <Fact name="Reason" value={reason} />}
          {force && <Fact name="Forced" value="yes: the overlap was overridden" />}
          <Fact name="Request" value={<code>{requestId}</code>} />
          {rotation.status === 'succeeded' && (
            <>
              {rotation.keyFingerprint && <Fact name="Key" value={<code>{rotation.keyFingerprint}</code>} />}
              {rotation.usableFrom && (
                <Fact name="Usable from" value={<FullTime at={rotation.usableFrom} now={now} />} />
              )}
              {rotation.previousKeyExpiresAt && (
                <Fact
                  name="Previous key ends"
                  value={<FullTime at={rotation.previousKeyExpiresAt} now={now} />}
                />
              )}
              {rotation.mayEndAt && (
                <Fact name="May end by a late call" value={<FullTime at={rotation.mayEndAt} now={now} />} />
              )}
              {rotation.secret && (
                <Fact
                  name="Stored in"
                  value={
                    'arn' in rotation.secret ? <code>{rotation.secret.arn}</code> : 'It could not be stored.'
                  }
                />
              )}
              {rotation.delivery && <Fact name="Delivery" value={rotation.delivery} />}
            </>
          )}
          {(rotation.status === 'failed' || rotation.status === 'unknown') && rotation.code && (
            <Fact name="Code" value={<a href={`problems/${rotation.code}`}>{rotation.code}</a>} />
          )}
        </dl>
      </section>
      <Upstream rotation={rotation} />
      <Seal rotation={rotation} />
    </>
  );
}

function Fact({ name, value }: { name: string; value: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Events({ rotation: { requestedAt, timeline } }: { rotation: RotationDetail }) {
  const start = Date.parse(requestedAt);
  return (
    <ol class="events">
      {timeline.map(({ at, event, detail }) => (
        <li key={`${at}${event}`}>
          <time dateTime={at}>{absolute(Date.parse(at))}</time>
          <span class="quiet number">+{duration(Date.parse(at) - start)}</span>
          <span>
            <b>{event}</b> {Object.entries(MEANINGS).find(([name]) => name === event)?.[1]}
            {detail && <span class="quiet"> ({detail})</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Upstream({ rotation }: { rotation: RotationDetail }) {
  const upstream = 'upstream' in rotation ? rotation.upstream : undefined;
  return (
    <section aria-labelledby="upstream">
      <h2 id="upstream">What Adyen said</h2>
      {upstream ? (
        <dl class="facts">
          {upstream.status !== undefined && <Fact name="Status" value={`HTTP ${upstream.status}`} />}
          {upstream.errorCode && <Fact name="Error code" value={upstream.errorCode} />}
          {upstream.title && <Fact name="Title" value={upstream.title} />}
          {upstream.detail && <Fact name="Detail" value={upstream.detail} />}
          {upstream.requestId && <Fact name="PSP reference" value={<code>{upstream.requestId}</code>} />}
          <Fact
            name="Calls"
            value={`${upstream.attempts}, ${Math.round(upstream.durationMs).toLocaleString('en')} ms together`}
          />
          {upstream.invalidFields?.map(({ name, message }) => (
            <Fact key={name} name={`Field ${name}`} value={message} />
          ))}
        </dl>
      ) : (
        <p class="quiet">Nothing is on record.</p>
      )}
    </section>
  );
}

function Seal({ rotation }: { rotation: RotationDetail }) {
  const { credential, timeline } = rotation;
  if (!('chain' in rotation)) return null;
  const later = timeline.filter(({ chain }) => chain !== undefined);
  return (
    <section aria-labelledby="seal">
      <h2 id="seal">Seal</h2>
      <dl class="facts wide">
        <Fact name="Of the record" value={<code>{rotation.chain}</code>} />
        {later.map(({ at, event, chain }) => (
          <Fact key={`${at}${event}`} name={`Of ${event}`} value={<code>{chain}</code>} />
        ))}
      </dl>
      <p class="quiet">
        Each seal covers the one before it. To verify them:{' '}
        <code>npm run audit:verify -- {credentialPath(credential)}</code>
      </p>
    </section>
  );
}

/** From the request to the end of what it has started. */
function windowOf(rotation: RotationDetail): Window {
  const times = [
    rotation.requestedAt,
    ...rotation.timeline.map(({ at }) => at),
    ...(rotation.status === 'succeeded' ? [rotation.usableFrom, rotation.previousKeyExpiresAt] : []),
    ...(rotation.status === 'unknown' ? [rotation.quarantinedUntil] : []),
  ].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  const from = Math.min(...times);
  const to = Math.max(...times, from + 60_000);
  const margin = (to - from) * 0.03;
  return { from: from - margin, to: to + margin };
}
