import { afterEach, describe, expect, it, vi } from 'vitest';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { type LocalStack, startLocalStack } from './support/local-stack.ts';

const ALL = 'merchants/ACME_*/apiCredentials/S2-CAMPAIGN-*';
const REASON = ['--reason', 'quarterly rotation'];

let stack: LocalStack;
afterEach(() => stack.close());

function paths(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `merchants/ACME_${index % 2 ? 'NL' : 'DE'}/apiCredentials/S2-CAMPAIGN-${index}`,
  );
}

async function ended(run: ReturnType<LocalStack['rotate']>) {
  const code = await run.ended;
  return { code, output: run.output() };
}

/** How many keys Adyen has made for each API credential. */
function generated({ adyen, credentials }: LocalStack) {
  return credentials.map((credential) => adyen.credentials.generated(credentialPath(credential)));
}

describe('npm run rotate with a pattern', () => {
  it('rotates 500 API credentials, each once, and ends with a table and exit code 0', async () => {
    stack = await startLocalStack(paths(500), 600);
    const { code, output } = await ended(stack.rotate(ALL, ...REASON, '--yes', '--rate', '100'));
    expect(output).toMatch(/500 API credentials\n {5}500 {2}current\n$/);
    expect(code).toBe(0);
    expect(generated(stack)).toEqual(Array(500).fill(1));
    for (const credential of stack.credentials) {
      expect(stack.adyen.credentials.authenticate(stack.currentKey(credential))?.id).toBe(
        credential.apiCredentialId,
      );
    }
    expect(output).not.toContain('AQE');
  }, 300_000);

  it('rotates only what the pattern covers, and leaves out a key that is younger than 24 hours', async () => {
    stack = await startLocalStack(paths(6), 600);
    const first = await ended(stack.rotate('merchants/ACME_NL/apiCredentials/*', ...REASON, '--yes'));
    expect(first.code, first.output).toBe(0);
    expect(generated(stack)).toEqual([0, 1, 0, 1, 0, 1]);
    const second = await ended(stack.rotate(ALL, ...REASON, '--yes'));
    expect(second.output).toMatch(/^3 API credentials/m);
    expect(second.output).toMatch(/^3 are left out:\n {2}merchants\/ACME_NL.*its previous key may still be/m);
    expect(generated(stack)).toEqual(Array(6).fill(1));
  });

  it('raises the events at the rate that was asked for, 2 a second by default', async () => {
    stack = await startLocalStack(paths(4), 600);
    await ended(stack.rotate(ALL, ...REASON, '--yes'));
    const [first = 0, , , last = 0] = stack.deliveredAt;
    expect(stack.deliveredAt).toHaveLength(4);
    expect(last - first).toBeGreaterThan(1_400);
  });

  it('goes on where it was after Ctrl-C, and rotates none twice', async () => {
    stack = await startLocalStack(paths(12), 600);
    const interrupted = stack.rotate(ALL, ...REASON, '--yes', '--campaign', '2026-q4');
    await vi.waitFor(() => expect(stack.deliveredAt.length).toBeGreaterThan(2), 30_000);
    interrupted.child.kill('SIGINT');
    const first = await ended(interrupted);
    expect(first.code).toBe(1);
    expect(first.output).toMatch(/^ +\d+ {2}waiting$/m);
    const [, command = ''] =
      /To go on with the campaign:\n {2}npm run -s rotate -- (.*)\n/.exec(first.output) ?? [];
    expect(command).toBe(`'${ALL}' --reason 'quarterly rotation' --campaign 2026-q4`);

    const again = [ALL, ...REASON, '--campaign', '2026-q4', '--yes', '--rate', '20'];
    const second = await ended(stack.rotate(...again));
    expect(second.output).toContain('begun before');
    expect(second.output).toMatch(/campaign 2026-q4: 12 API credentials\n {6}12 {2}current\n$/);
    expect(second.code).toBe(0);
    expect(generated(stack)).toEqual(Array(12).fill(1));

    const other = await ended(stack.rotate(ALL, '--reason', 'leaked', '--campaign', '2026-q4', '--yes'));
    expect(other.code).toBe(2);
    expect(other.output).toContain('was begun with the reason "quarterly rotation" and without --force');
  });

  it('raises fewer events while Adyen throttles, and fails none', async () => {
    stack = await startLocalStack(paths(6), 100);
    for (const credential of paths(6)) {
      // Twice: the workflow's first pause may be over before the command looks.
      const response = { kind: 'respond', status: 429, headers: { 'Retry-After': '3' } } as const;
      stack.adyen.faults.order({ ...response, credential, times: 2 });
    }
    const { code, output } = await ended(stack.rotate(ALL, ...REASON, '--yes'));
    expect(output).toMatch(/6 API credentials\n {7}6 {2}current\n$/);
    expect(code).toBe(0);
    expect(generated(stack)).toEqual(Array(6).fill(1));
    const pauses = stack.deliveredAt.slice(1).map((at, index) => at - (stack.deliveredAt[index] ?? 0));
    expect(Math.max(...pauses)).toBeGreaterThan(2_500);
  });

  it('names each API credential whose key is not current, says why, and ends with exit code 1', async () => {
    stack = await startLocalStack(paths(3), 600);
    const [path = ''] = paths(1);
    stack.adyen.faults.order({ kind: 'respond', status: 422, credential: path });
    const { code, output } = await ended(stack.rotate(ALL, ...REASON, '--yes', '--rate', '20'));
    expect(code).toBe(1);
    expect(output).toContain('       2  current\n       1  failed\n');
    expect(output).toMatch(new RegExp(`^${path} +failed +upstream-validation$`, 'm'));
  });

  it('raises no more events after ten failures', async () => {
    stack = await startLocalStack(paths(40), 600);
    stack.adyen.faults.order({ kind: 'respond', status: 403, times: 1_000 });
    const { code, output } = await ended(stack.rotate(ALL, ...REASON, '--yes', '--rate', '10'));
    expect(code).toBe(1);
    expect(output).toMatch(/^ +\d+ {2}waiting$/m);
    expect(stack.deliveredAt.length).toBeLessThan(40);
    expect(output).toContain('To go on with the campaign');
  });

  it.each([
    ['without --yes where there is no terminal', [ALL, ...REASON], 'There is no terminal'],
    ['without a reason', [ALL, '--yes'], '--reason is missing'],
    ['at a rate of 0', [ALL, ...REASON, '--yes', '--rate', '0'], 'rate: must be above 0'],
    [
      'in a campaign with a space',
      [ALL, ...REASON, '--yes', '--campaign', 'a b'],
      'campaign: must be 1 to 64',
    ],
  ])('refuses to rotate %s', async (_what, args, message) => {
    stack = await startLocalStack(paths(1), 600);
    const { code, output } = await ended(stack.rotate(...args));
    expect(code).toBe(2);
    expect(output).toContain(message);
    expect(stack.deliveredAt).toEqual([]);
  });
});
