import { duration } from '../ui/time.tsx';
import { type Drawing, type Mark, type MarkKind, type Span, sentenceOf } from './drawing.ts';
import { positionOf, RANGES, type Range, ticksOf, type Window } from './scale.ts';

const LANES = { key: { y: 9, height: 11 }, other: { y: 24, height: 8 } };
const HEIGHT = 36;
/** The least that can be seen of a span, in per cent of the width. */
const LEAST = 0.35;

/** Each point has its own shape, around its origin. */
const MARKS: Readonly<Record<MarkKind, string>> = {
  issued: 'M0-7V7',
  promoted: 'M-4.5-13H4.5L0-6Z',
  ends: 'M-4-6H0V6H-4',
  due: 'M0-6 6 0 0 6-6 0Z',
  dead: 'M-5-5 5 5M5-5-5 5',
  stalled: 'M-2.5-6V6M2.5-6V6',
  unknown: 'M0-6 6 5H-6Z',
  failed: 'M-4-4 4 4M4-4-4 4',
};

/** The patterns of the spans: once a page. Colours come from the style sheet. */
export function Patterns() {
  return (
    <svg class="patterns" aria-hidden="true">
      <defs>
        <pattern
          id="propagating"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect class="p-ground-key" width="6" height="6" />
          <rect class="p-line-key" width="2" height="6" />
        </pattern>
        <pattern id="overlap" width="6" height="4" patternUnits="userSpaceOnUse">
          <rect class="p-ground-other" width="6" height="4" />
          <circle class="p-line-other" cx="3" cy="2" r="1" />
        </pattern>
        <pattern
          id="quarantine"
          width="7"
          height="7"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect class="p-ground-warn" width="7" height="7" />
          <path class="p-cross-warn" d="M0 0H7M0 0V7" />
        </pattern>
        <pattern id="stalled" width="8" height="8" patternUnits="userSpaceOnUse">
          <rect class="p-ground-stall" width="8" height="8" />
          <rect class="p-line-stall" width="3" height="8" />
        </pattern>
        <pattern id="dead" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
          <rect class="p-ground-dead" width="6" height="6" />
          <rect class="p-line-dead" width="1.5" height="6" />
        </pattern>
      </defs>
    </svg>
  );
}

/** A time line, to scale, as wide as its place. */
export function Timeline({ drawing, window, now }: { drawing: Drawing; window: Window; now: number }) {
  const visible = drawing.marks.filter(({ at }) => at >= window.from && at <= window.to);
  const nowAt = positionOf(now, window);
  const words = sentenceOf(drawing);
  return (
    <svg class="timeline" height={HEIGHT} role="img" aria-label={words}>
      <title>{words}</title>
      {drawing.spans.flatMap((span) => [
        <Bar
          key={`${span.kind}${span.lane}`}
          span={{ ...span, to: Math.min(span.to, now) }}
          window={window}
        />,
        <Bar
          key={`${span.kind}${span.lane}+`}
          span={{ ...span, from: Math.max(span.from, now) }}
          window={window}
          isLater
        />,
      ])}
      {nowAt >= 0 && nowAt <= 100 && (
        <line class="now" x1={`${nowAt}%`} x2={`${nowAt}%`} y1="0" y2={HEIGHT} />
      )}
      {visible.map((mark) => (
        <Point key={`${mark.kind}${mark.lane}`} mark={mark} window={window} />
      ))}
    </svg>
  );
}

type BarProps = Readonly<{
  span: Span;
  window: Window;
  /** It is to come. */
  isLater?: boolean;
}>;

function Bar({ span: { kind, lane, from, to }, window, isLater = false }: BarProps) {
  const start = Math.max(0, positionOf(from, window));
  const end = Math.min(100, positionOf(to, window));
  if (to <= from || start > 100 || end < 0) return null;
  const { y, height } = LANES[lane];
  const isPattern = kind !== 'in-use' && kind !== 'waiting';
  return (
    <rect
      class={`span ${kind}${isLater ? ' later' : ''}`}
      x={`${start}%`}
      width={`${Math.max(end - start, LEAST)}%`}
      y={y}
      height={height}
      {...(isPattern && { fill: `url(#${kind})` })}
    />
  );
}

function Point({ mark: { kind, lane, at }, window }: { mark: Mark; window: Window }) {
  const { y, height } = LANES[lane];
  return (
    <svg x={`${positionOf(at, window)}%`} y={y + height / 2} class="point" aria-hidden="true">
      <path class={`mark ${kind}`} d={MARKS[kind]} />
    </svg>
  );
}

/** The axis above time lines: distances from now. */
export function Axis({ range }: { range: Range }) {
  const { before, after } = RANGES[range];
  const window = { from: -before, to: after };
  const ticks = ticksOf(range);
  return (
    <svg class="axis" height="18" aria-hidden="true">
      {ticks.map((at) => {
        const position = positionOf(at, window);
        const anchor = position < 6 ? 'start' : position > 94 ? 'end' : 'middle';
        return (
          <text key={at} class={at === 0 ? 'now-label' : ''} x={`${position}%`} y="13" text-anchor={anchor}>
            {at === 0 ? 'now' : `${at < 0 ? '−' : '+'}${duration(at)}`}
          </text>
        );
      })}
    </svg>
  );
}

/** What the bars and points mean. */
export function Legend() {
  const bars: [Span['kind'], string][] = [
    ['in-use', 'in use'],
    ['propagating', 'issued, not usable yet'],
    ['waiting', 'usable, not in use yet'],
    ['overlap', 'previous key still works'],
    ['quarantine', 'quarantine'],
    ['stalled', 'stalled'],
    ['dead', 'dead'],
  ];
  const points: [MarkKind, string][] = [
    ['issued', 'issued'],
    ['promoted', 'promoted'],
    ['ends', 'ends'],
    ['due', 'due'],
    ['unknown', 'unknown outcome'],
    ['failed', 'failed'],
  ];
  return (
    <ul class="legend" aria-label="Legend">
      {bars.map(([kind, text]) => (
        <li key={kind}>
          <svg width="26" height="12" aria-hidden="true">
            <rect
              class={`span ${kind}`}
              x="1"
              y="1"
              width="24"
              height="10"
              {...(kind !== 'in-use' && kind !== 'waiting' && { fill: `url(#${kind})` })}
            />
          </svg>
          {text}
        </li>
      ))}
      {points.map(([kind, text]) => (
        <li key={kind}>
          <svg
            width="16"
            height="16"
            viewBox={kind === 'promoted' ? '-8 -17 16 16' : '-8 -8 16 16'}
            aria-hidden="true"
          >
            <path class={`mark ${kind}`} d={MARKS[kind]} />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}
