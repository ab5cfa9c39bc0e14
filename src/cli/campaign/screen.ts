import { credentialPath } from '../../rotation/api-credential.ts';
import type { Found } from './find-credentials.ts';
import type { CampaignResult } from './run-campaign.ts';
import { isFinal, STATES } from './state.ts';

/** What the campaign is about to do, and what it leaves out. */
export function listText({ chosen, leftOut }: Found): string {
  const lines = chosen.map(
    ({ credential, lastKeyAt, earlier }) =>
      `  ${credentialPath(credential)}  ${earlier ? 'begun before' : (lastKeyAt ?? 'no rotation yet')}`,
  );
  const others = leftOut.map((other) => `  ${credentialPath(other.credential)}  ${other.why}`);
  const why = leftOut.length === 0 ? ': Keyturn knows no API credential that the pattern covers' : '';
  return [
    chosen.length === 0
      ? `There is nothing to rotate${why}.`
      : `${chosen.length} API credentials, and when each got its last key:`,
    ...lines,
    ...(others.length > 0 ? [`${others.length} are left out:`, ...others] : []),
  ].join('\n');
}

/** How many API credentials are in each state, in one line. */
export function countsText(result: CampaignResult): string {
  return counts(result)
    .map(([state, count]) => `${state} ${count}`)
    .join('  ');
}

/** How many API credentials are in a state that cannot change. */
export function finished(result: CampaignResult): number {
  return result.filter(({ standing }) => isFinal(standing)).length;
}

/** The last screen of a campaign: the counts, and every API credential whose new key is not current. */
export function tableText(campaign: string, result: CampaignResult): string {
  const others = result.filter(({ standing }) => standing.state !== 'current');
  const paths = others.map(({ credential }) => credentialPath(credential));
  const width = Math.max(0, ...paths.map((path) => path.length));
  return [
    `campaign ${campaign}: ${result.length} API credentials`,
    ...counts(result).map(([state, count]) => `  ${String(count).padStart(6)}  ${state}`),
    ...others.map(({ standing: { state, detail = '' } }, index) =>
      `${(paths[index] ?? '').padEnd(width)}  ${state.padEnd(11)}  ${detail}`.trimEnd(),
    ),
  ].join('\n');
}

function counts(result: CampaignResult) {
  return STATES.map(
    (state) => [state, result.filter(({ standing }) => standing.state === state).length] as const,
  ).filter(([, count]) => count > 0);
}
