import http from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askAt } from '../src/cli/ask.ts';
import { dryRun, listing, OPEN_CHECKS, REFUSED_ROTATION } from '../src/cli/smoke-checks.ts';
import { openApiDocument } from '../src/http/openapi/document.ts';
import { listeningPort } from '../src/local/listening-port.ts';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { anyFreePort } from './support/any-free-port.ts';
import { type Keyturn, startKeyturn } from './support/keyturn.ts';
import { runNode } from './support/process.ts';
import { credential } from './support/rotations.ts';

type Canned = { status: number; body: unknown; headers?: Record<string, string> };

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; sandbox",
  'strict-transport-security': 'max-age=15552000',
  'x-content-type-options': 'nosniff',
  'x-request-id': 'gateway-1',
};
/** API Gateway's own 401. */
const UNAUTHORIZED = { status: 401, body: { message: 'Unauthorized' } };
const ENVELOPE = {
  type: '/problems/unauthenticated',
  title: 'Unauthenticated',
  status: 401,
  detail: 'The token is missing.',
  code: 'unauthenticated',
  requestId: 'gateway-1',
  retryable: false,
};
const HEALTH = '/health';
const LIST = '/v1/rotations?limit=1';

/** A Keyturn behind API Gateway that works. A test breaks one response of it. */
const working = (): Record<string, Canned> => ({
  [HEALTH]: { status: 200, body: { status: 'ok', version: '0.1.0' }, headers: HEADERS },
  '/openapi.json': { status: 200, body: openApiDocument(), headers: HEADERS },
  '/problems/unauthenticated': { status: 200, body: '<html>', headers: HEADERS },
  [REFUSED_ROTATION.path]: UNAUTHORIZED,
  [LIST]: UNAUTHORIZED,
});

let responses: Record<string, Canned>;
let server: http.Server;
let url: string;
beforeEach(async () => {
  responses = working();
  server = http.createServer((request, response) => {
    const { status, body, headers } = responses[request.url ?? ''] ?? { status: 404, body: {} };
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  url = `http://localhost:${listeningPort(server)}`;
});
afterEach(() => server.close());

/** The names of the checks that fail. */
async function failed(checks = OPEN_CHECKS): Promise<string[]> {
  const results = await Promise.all(
    checks.map(({ name, run }) =>
      run(askAt(url)).then(
        () => [],
        () => [name],
      ),
    ),
  );
  return results.flat();
}

async function smoke(...args: string[]) {
  const run = runNode(['src/cli/smoke.ts', ...args]);
  return { code: await run.ended, output: run.output() };
}

describe('the smoke test', () => {
  it('passes if everything is as promised, with the 401 of the gateway or of the function', async () => {
    expect(await failed()).toEqual([]);
    responses[LIST] = { status: 401, body: ENVELOPE };
    expect(await failed()).toEqual([]);
  });

  it.each<[string, string, string, Partial<Canned>]>([
    ['health does not respond', 'health', HEALTH, { status: 500 }],
    ['health is not ok', 'health', HEALTH, { body: { status: 'bad', version: '0.1.0' } }],
    ['a response may be cached', 'headers', HEALTH, { headers: { ...HEADERS, 'cache-control': 'private' } }],
    ['the security headers are missing', 'headers', HEALTH, { headers: {} }],
    ['the API is not described', 'openapi', '/openapi.json', { body: '<html>' }],
    ['a problem is not explained', 'problems', '/problems/unauthenticated', { status: 404 }],
    ['a rotation is not refused without a token', 'rotate, no token', REFUSED_ROTATION.path, { status: 400 }],
    ['a listing is not refused without a token', 'list, no token', LIST, { status: 200 }],
    ['a 401 has another body', 'list, no token', LIST, { body: '<html>' }],
  ])('fails if %s', async (_what, name, path, change) => {
    responses[path] = { status: 200, body: {}, ...responses[path], ...change };
    expect(await failed()).toEqual([name]);
  });

  it('reads the audit with a token, and says which problem it got', async () => {
    responses[LIST] = { status: 200, body: { rotations: [] }, headers: HEADERS };
    expect(await failed([listing('token')])).toEqual([]);
    responses[LIST] = { status: 403, body: { ...ENVELOPE, status: 403, code: 'forbidden' } };
    await expect(listing('token').run(askAt(url))).rejects.toThrow('403 forbidden');
  });

  it('prints a line for each check, and ends with 0, or with 1 if one has failed', async () => {
    const passed = await smoke('--url', `${url}/`);
    expect([passed.code, passed.output.match(/^\w+/gm)]).toEqual([
      0,
      [...Array(6).fill('ok'), 'skipped', 'skipped'],
    ]);
    responses[LIST] = { status: 200, body: { rotations: [] } };
    const broken = await smoke('--url', url, '--token', 'a-token');
    expect([broken.code, broken.output.match(/^\w+/gm)]).toEqual([
      1,
      [...Array(5).fill('ok'), 'FAILED', 'ok', 'skipped'],
    ]);
    expect(broken.output).toContain('the status is 200 instead of 401');
    expect(broken.output).not.toContain('a-token');
  });

  describe('with a credential', () => {
    const ROTATE = `/v1/${credentialPath(credential)}/generateApiKey`;
    const found = (...failed: object[]) => ({
      status: 200,
      body: { dryRun: true, wouldRotate: failed.length === 0, checks: failed },
    });
    const check = { outcome: 'failed', detail: 'It says what to do.' };

    it('passes if a rotation would work, or if only time is in its way', async () => {
      responses[ROTATE] = found();
      expect(await failed([dryRun('token', credential)])).toEqual([]);
      responses[ROTATE] = found({ ...check, name: 'overlap', code: 'overlap-active' });
      expect(await dryRun('token', credential).run(askAt(url))).toContain('overlap-active');
    });

    it('fails with the detail of each other check that failed, and with the problem of a refusal', async () => {
      responses[ROTATE] = found({ ...check, name: 'management-role', code: 'upstream-forbidden' });
      await expect(dryRun('token', credential).run(askAt(url))).rejects.toThrow(
        'management-role: It says what to do.',
      );
      responses[ROTATE] = { status: 403, body: { ...ENVELOPE, status: 403, code: 'forbidden' } };
      await expect(dryRun('token', credential).run(askAt(url))).rejects.toThrow('403 forbidden');
    });

    it('is the last line, and needs a token', async () => {
      responses[ROTATE] = found();
      responses[LIST] = { status: 200, body: { rotations: [] } };
      const path = credentialPath(credential);
      const { output } = await smoke('--url', url, '--token', 'a-token', '--credential', path);
      expect(output.trim().split('\n').at(-1)).toMatch(/^ok +dry run +a rotation would work now/);
      const { code, output: usage } = await smoke('--url', url, '--credential', path);
      expect([code, usage]).toEqual([2, expect.stringContaining('--credential needs --token.')]);
    });
  });

  it('ends with 2 if nothing responds', async () => {
    const { code, output } = await smoke('--url', `http://localhost:${await anyFreePort()}`);
    expect([code, output]).toEqual([2, expect.stringContaining('Nothing responds at')]);
  });

  it.each([
    ['no URL', [], '--url is required.'],
    [
      'a URL over which a token would cross a network in the clear',
      ['--url', 'http://keyturn.example.com'],
      'https',
    ],
  ])('ends with 2 and its usage if it gets %s', async (_what, args, message) => {
    const { code, output } = await smoke(...args);
    expect([code, output]).toEqual([2, expect.stringContaining(message)]);
    expect(output).toContain('Usage: npm run smoke --');
  });

  it('explains itself with --help', async () => {
    const { code, output } = await smoke('--help');
    expect([code, output]).toEqual([0, expect.stringContaining('The exit code is 0')]);
  });
});

describe('the rotation that the smoke test asks for', () => {
  let keyturn: Keyturn;
  beforeAll(async () => {
    keyturn = await startKeyturn({ CALLER_GRANTS: '{"client:local-app":["*/*/apiCredentials/*"]}' });
  });
  afterAll(() => keyturn.close());

  it('never happens, not even for a caller who may rotate everything', async () => {
    const [, , level, accountId, , apiCredentialId] = REFUSED_ROTATION.path.split('/');
    const credential = {
      level: level === 'companies' ? level : 'merchants',
      accountId,
      apiCredentialId,
    } as const;
    const { headers, body } = REFUSED_ROTATION;
    const { status } = await keyturn.rotate(
      { ...credential, accountId: accountId ?? '', apiCredentialId: apiCredentialId ?? '' },
      { headers, body },
    );
    expect([status, keyturn.adyen.received]).toEqual([400, []]);
  });
});
