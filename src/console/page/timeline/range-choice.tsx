import { RANGE_NAMES, type Range } from './scale.ts';

/** Lets a person choose how much time is drawn. */
export function RangeChoice({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  return (
    <fieldset class="choice">
      <legend>Time line</legend>
      {RANGE_NAMES.map((name) => (
        <button key={name} type="button" aria-pressed={name === range} onClick={() => onChange(name)}>
          {name}
        </button>
      ))}
    </fieldset>
  );
}
