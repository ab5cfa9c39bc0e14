import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { credentialPath } from '../src/rotation/api-credential.ts';
import { type Keyturn, startKeyturn } from './support/keyturn.ts';
import { runbookPages } from './support/runbook.ts';

let keyturn: Keyturn;
let before: number;
beforeAll(async () => {
  keyturn = await startKeyturn();
});
beforeEach(() => {
  before = keyturn.lines().length;
});
afterAll(() => keyturn.close());

const lines = () => keyturn.lines().slice(before);
const requestLines = () => lines().filter((line) => line.message === 'request');
/** The metric `name` among the lines in CloudWatch's embedded metric format. */
const metric = (name: string) => lines().filter((line) => '_aws' in line && name in line);

describe('the log', () => {
  it('has one line per rotation: who, what, the outcome and the duration', async () => {
    const credential = keyturn.newCredential();
    const { body, headers } = await keyturn.rotate(credential);
    expect(requestLines()).toEqual([
      {
        level: 'INFO',
        message: 'request',
        timestamp: expect.any(String),
        service: 'keyturn-local',
        sampling_rate: 0,
        correlation_id: headers['X-Request-Id'],
        requestId: headers['X-Request-Id'],
        route: 'POST /v1/{level}/{accountId}/apiCredentials/{apiCredentialId}/generateApiKey',
        status: 200,
        caller: { subject: 'local-app', clientId: 'local-app' },
        credential: credentialPath(credential),
        rotation: { id: body.rotation.id, status: 'succeeded', level: 'merchants' },
        upstream: { status: 200, durationMs: expect.any(Number), attempts: 1 },
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('has the seal of a closed rotation, out of reach of anyone who can write to the table', async () => {
    const credential = keyturn.newCredential();
    const { body } = await keyturn.rotate(credential);
    const [item] = await keyturn.items(credential);
    expect(lines()).toContainEqual(
      expect.objectContaining({
        message: 'closed',
        rotationId: body.rotation.id,
        anchor: `${credentialPath(credential)}#1=${item?.chain}`,
      }),
    );
  });

  it('has one line per refused request: the problem, and what was known by then', async () => {
    await keyturn.rotate(keyturn.newCredential(), { claims: { scope: '' } });
    expect(requestLines()).toEqual([
      expect.objectContaining({
        status: 403,
        problem: 'forbidden',
        caller: { subject: 'local-app', clientId: 'local-app' },
      }),
    ]);
    expect(requestLines()[0]).not.toHaveProperty('credential');
  });

  it('has no error line for an expected problem', async () => {
    await keyturn.rotate(keyturn.newCredential(), { claims: null });
    expect(lines().filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  it('has an error line with the cause of an unexpected problem', async () => {
    keyturn.secretsManager.setOutage(true);
    await keyturn.restart();
    await keyturn.rotate(keyturn.newCredential());
    keyturn.secretsManager.setOutage(false);
    expect(lines()).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: 'The request failed',
        correlation_id: expect.stringMatching(/^gateway-/),
        cause: expect.objectContaining({ message: expect.any(String) }),
      }),
    );
    expect(requestLines()).toHaveLength(1);
  });

  it('has the fields in the lines of requests that the queries of the runbook name', async () => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({ kind: 'respond', status: 500, credential: credentialPath(credential) });
    await keyturn.rotate(credential);
    const [line] = requestLines();
    const has = (field: string) =>
      ['@timestamp', 'message'].includes(field) ||
      field.split('.').reduce<unknown>((value, name) => Object(value)[name], line) !== undefined;
    const queries = (await runbookPages())
      .flatMap((page) => page.queries)
      .filter((query) => query.isOfRequests);
    expect(queries.length).toBeGreaterThan(3);
    expect(queries.flatMap(({ fields }) => fields).filter((field) => !has(field))).toEqual([]);
    expect(line).toMatchObject({ rotation: { status: 'unknown' }, problem: 'upstream-failure' });
  });
});

describe('the metrics', () => {
  it('count rotations by outcome and level, and the latency of the upstream', async () => {
    await keyturn.rotate(keyturn.newCredential('companies'));
    expect(metric('Rotations')).toMatchObject([
      {
        Rotations: 1,
        outcome: 'succeeded',
        level: 'companies',
        _aws: {
          CloudWatchMetrics: [{ Namespace: 'Keyturn', Metrics: [{ Name: 'Rotations', Unit: 'Count' }] }],
        },
      },
    ]);
    expect(metric('UpstreamLatency')).toMatchObject([
      {
        _aws: {
          CloudWatchMetrics: [
            {
              Dimensions: [['service'], ['service', 'class']],
              Metrics: [{ Name: 'UpstreamLatency', Unit: 'Milliseconds' }],
            },
          ],
        },
        class: '2xx',
      },
    ]);
    expect(metric('RefusedRequests')).toEqual([]);
  });

  it.each([
    [400, 'failed'],
    [500, 'unknown'],
  ])('count a rotation for which Adyen responds with %i as %s', async (status, outcome) => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({ kind: 'respond', status, credential: credentialPath(credential) });
    await keyturn.rotate(credential);
    expect(metric('Rotations')).toMatchObject([{ outcome, level: 'merchants' }]);
    expect(metric('UpstreamLatency')).toMatchObject([{ class: `${status / 100}xx` }]);
    expect(metric('RefusedRequests')).toEqual([]);
  });

  it('count a call to which Adyen did not respond', async () => {
    const credential = keyturn.newCredential();
    keyturn.adyen.faults.order({ kind: 'cut', when: 'after', credential: credentialPath(credential) });
    await keyturn.rotate(credential);
    expect(metric('UpstreamLatency')).toMatchObject([{ class: 'none' }]);
  });

  it('count refused requests by code', async () => {
    const credential = keyturn.newCredential();
    await keyturn.rotate(credential);
    await keyturn.rotate(credential);
    expect(metric('RefusedRequests')).toMatchObject([{ RefusedRequests: 1, code: 'overlap-active' }]);
  });

  it('never have a dimension with one value per credential or caller', async () => {
    await keyturn.rotate(keyturn.newCredential());
    const dimensions = lines().flatMap((line) =>
      '_aws' in line ? JSON.stringify(line._aws).match(/(?<=\[)"[^[\]]+"(?=\])/g) : [],
    );
    expect(new Set(dimensions)).toEqual(
      new Set(['"service","outcome","level"', '"service"', '"service","class"']),
    );
  });
});
