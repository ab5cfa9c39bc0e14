import { useEffect, useState } from 'preact/hooks';
import type { ApiCredential } from '../../../rotation/api-credential.ts';
import type { Api, Problem, RotationList } from '../api.ts';
import { useNow } from '../clock.ts';
import { toProblem } from '../load.ts';
import { linkTo } from '../route.ts';
import { drawRotation } from '../timeline/draw-rotation.ts';
import { RangeChoice } from '../timeline/range-choice.tsx';
import { type Range, windowOf } from '../timeline/scale.ts';
import { Axis, Timeline } from '../timeline/timeline.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { RelativeTime } from '../ui/time.tsx';

const SOURCES = { http: 'over HTTP', event: 'by an event', 'secrets-manager': 'by Secrets Manager' } as const;

/** The rotations of an API credential, newest first, each with its time line. */
export function History({
  api,
  credential,
  first,
}: {
  api: Api;
  credential: ApiCredential;
  first: RotationList;
}) {
  const now = useNow();
  const [range, setRange] = useState<Range>('30 d');
  const [more, setMore] = useState<RotationList>();
  const [problem, setProblem] = useState<Problem>();
  const [isLoading, setLoading] = useState(false);
  // After a refresh the earlier ones would no longer join up with the first.
  useEffect(() => setMore(undefined), [first]);
  const rotations = [...first.rotations, ...(more?.rotations ?? [])];
  const cursor = more ? more.nextCursor : first.nextCursor;
  const loadMore = () => {
    setLoading(true);
    api
      .listRotations(credential, cursor)
      .then(
        (page) => {
          setProblem(undefined);
          setMore({ ...page, rotations: [...(more?.rotations ?? []), ...page.rotations] });
        },
        (error: unknown) => setProblem(toProblem(error)),
      )
      .finally(() => setLoading(false));
  };
  return (
    <section aria-labelledby="history">
      <div class="head">
        <h2 id="history">History</h2>
        <div class="right">
          <RangeChoice range={range} onChange={setRange} />
        </div>
      </div>
      <div class="history-axis">
        <Axis range={range} />
      </div>
      <ol class="history" aria-label="Rotations, newest first">
        {rotations.map((rotation, index) => (
          <li key={rotation.id}>
            <a href={linkTo.rotation(rotation.id)}>
              <span class="quiet">#{rotation.number}</span>{' '}
              <RelativeTime at={rotation.requestedAt} now={now} />
            </a>
            <StateBadge state={rotation.status} />
            <span class="history-by">
              {SOURCES[rotation.requestedBy.source]} <span class="quiet">{rotation.requestedBy.subject}</span>
              {rotation.reason && <span class="reason">“{rotation.reason}”</span>}
            </span>
            <Timeline
              drawing={drawRotation(rotation, now, endOf(rotations, index))}
              window={windowOf(range, now)}
              now={now}
            />
          </li>
        ))}
      </ol>
      {problem && <ProblemNotice problem={problem} />}
      {cursor !== undefined && (
        <button type="button" disabled={isLoading} onClick={loadMore}>
          Show earlier rotations
        </button>
      )}
    </section>
  );
}

/** When a later rotation ended the key of this one: as the newest of them that says so has it. */
function endOf(rotations: RotationList['rotations'], index: number): number | undefined {
  const later = rotations
    .slice(0, index)
    .findLast((one) => one.status === 'succeeded' && one.previousKeyExpiresAt !== undefined);
  return later?.status === 'succeeded' && later.previousKeyExpiresAt
    ? Date.parse(later.previousKeyExpiresAt)
    : undefined;
}
