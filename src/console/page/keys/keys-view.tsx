import { useEffect, useMemo, useState } from 'preact/hooks';
import { credentialPath } from '../../../rotation/api-credential.ts';
import { KEY_STATE_NAMES } from '../../../rotation/key-state-names.ts';
import type { KeyStateSummary } from '../../../rotation/key-state-schema.ts';
import type { Api } from '../api.ts';
import { useNow } from '../clock.ts';
import { linkTo } from '../route.ts';
import { RangeChoice } from '../timeline/range-choice.tsx';
import { type Range, windowOf } from '../timeline/scale.ts';
import { Axis, Legend } from '../timeline/timeline.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { useAllKeys } from './all-keys.ts';
import { KeyRow } from './key-row.tsx';
import { NoKeys } from './no-keys.tsx';
import { useSwitches } from './switches.ts';
import { useVisibleRows } from './visible-rows.ts';

/** *Keys*: the inventory, the most urgent first. */
export function KeysView({ api, state, search }: { api: Api; state: string; search: string }) {
  const [{ keys, isLoading, problem }, reload] = useAllKeys(api);
  const [range, setRange] = useState<Range>('2 d');
  const found = useMemo(() => filter(keys, state, search), [keys, state, search]);
  const counts = useMemo(() => countStates(keys), [keys]);
  useEffect(() => {
    document.title = 'Keys · Keyturn';
  }, []);

  return (
    <main id="main" tabIndex={-1}>
      <div class="head">
        <h1>Keys</h1>
        <p class="quiet" role="status">
          {isLoading
            ? `${keys.length.toLocaleString('en')} loaded …`
            : problem && keys.length === 0
              ? ''
              : countOf(found.length, keys.length)}
        </p>
        <div class="right">
          <RangeChoice range={range} onChange={setRange} />
        </div>
        <button type="button" disabled={isLoading} onClick={reload}>
          Refresh
        </button>
      </div>
      <div class="tools">
        <search>
          <input
            type="search"
            aria-label="Search by account or API credential"
            placeholder="Search by account or API credential"
            value={search}
            onInput={({ currentTarget }) => location.replace(linkTo.keys(state, currentTarget.value))}
          />
        </search>
        <fieldset class="choice states">
          <legend>State</legend>
          <button
            type="button"
            aria-pressed={state === ''}
            onClick={() => location.assign(linkTo.keys('', search))}
          >
            all <span class="count">{keys.length.toLocaleString('en')}</span>
          </button>
          {KEY_STATE_NAMES.filter((name) => counts.has(name) || name === state).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={state === name}
              onClick={() => location.assign(linkTo.keys(state === name ? '' : name, search))}
            >
              <StateBadge state={name} />{' '}
              <span class="count">{(counts.get(name) ?? 0).toLocaleString('en')}</span>
            </button>
          ))}
        </fieldset>
      </div>
      {problem && <ProblemNotice problem={problem} onRetry={reload} />}
      {isLoading && keys.length === 0 && <p class="empty">Loading the keys …</p>}
      {!isLoading && !problem && keys.length === 0 && <NoKeys />}
      {keys.length > 0 && found.length === 0 && (
        <div class="empty">
          <h2>No key matches</h2>
          <p>
            <a href={linkTo.keys()}>Show all {keys.length.toLocaleString('en')} keys</a>
          </p>
        </div>
      )}
      {found.length > 0 && <KeyTable api={api} keys={found} range={range} />}
    </main>
  );
}

function KeyTable({ api, keys, range }: { api: Api; keys: readonly KeyStateSummary[]; range: Range }) {
  const now = useNow();
  const [{ first, last, rowHeight }, list] = useVisibleRows(keys.length);
  const visible = keys.slice(first, last);
  const switches = useSwitches(api, visible);
  return (
    <>
      {/* Roles and no table: on a narrow screen a row is a card, and an element that is not displayed as a table is none. */}
      <div class="keys" role="table" aria-label="Keys" aria-rowcount={keys.length + 1}>
        <div role="rowgroup" class="keys-head">
          <div role="row" aria-rowindex={1} class="key-row">
            <span role="columnheader">API credential</span>
            <span role="columnheader">State</span>
            <span role="columnheader" class="cell-line">
              <span class="visually-hidden">Time line</span>
              <Axis range={range} />
            </span>
            <span role="columnheader" class="number">
              Age
            </span>
            <span role="columnheader" class="number">
              Due
            </span>
            <span role="columnheader">Not switched</span>
          </div>
        </div>
        <div role="rowgroup" class="keys-body" ref={list} style={{ height: `${keys.length * rowHeight}px` }}>
          <div
            class="keys-window"
            role="presentation"
            style={{ transform: `translateY(${first * rowHeight}px)` }}
          >
            {visible.map((key, index) => (
              <KeyRow
                key={credentialPath(key.credential)}
                state={key}
                window={windowOf(range, now)}
                now={now}
                switches={switches.get(credentialPath(key.credential))}
                index={first + index + 2}
              />
            ))}
          </div>
        </div>
      </div>
      <Legend />
    </>
  );
}

function filter(keys: readonly KeyStateSummary[], state: string, search: string) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return keys.filter(
    (key) =>
      (state === '' || key.state === state) &&
      words.every((word) => credentialPath(key.credential).toLowerCase().includes(word)),
  );
}

function countStates(keys: readonly KeyStateSummary[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { state } of keys) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

function countOf(found: number, all: number): string {
  const total = `${all.toLocaleString('en')} ${all === 1 ? 'key' : 'keys'}`;
  return found === all ? total : `${found.toLocaleString('en')} of ${total}`;
}
