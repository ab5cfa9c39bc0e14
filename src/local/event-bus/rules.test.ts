import { describe, expect, it } from 'vitest';
import { readRules, rulesOf } from './rules.ts';

describe('the rules in a serverless.yml', () => {
  it('are the patterns of all functions, each with the name of its function', () => {
    const rules = rulesOf(`
functions:
  workflow:
    handler: src/workflow.handler
    events:
      - eventBridge:
          eventBus: { Ref: EventBus }
          pattern:
            source: [keyturn]
            detail-type: [ApiKeyIssued]
      - eventBridge:
          pattern:
            source: [{ anything-but: keyturn }]
            detail-type: [RotateApiKey]
  log:
    events:
      - eventBridge: { pattern: { source: [{ prefix: key }] } }
`);
    expect(rules).toEqual([
      { target: 'workflow', pattern: { source: ['keyturn'], 'detail-type': ['ApiKeyIssued'] } },
      {
        target: 'workflow',
        pattern: { source: [{ 'anything-but': 'keyturn' }], 'detail-type': ['RotateApiKey'] },
      },
      { target: 'log', pattern: { source: [{ prefix: 'key' }] } },
    ]);
  });

  it('do not include schedules and other kinds of events', () => {
    const rules = rulesOf(`
functions:
  health:
    events:
      - httpApi: GET /health
      - httpApi: { method: GET, path: /other }
  sweep:
    events:
      - schedule: rate(5 minutes)
      - eventBridge: { schedule: rate(5 minutes) }
      - eventBridge: { pattern: { source: [keyturn] } }
      - alexaSkill
  idle:
    handler: src/idle.handler
`);
    expect(rules).toEqual([{ target: 'sweep', pattern: { source: ['keyturn'] } }]);
  });

  it.each([
    ['an unsupported operator', '{ source: [{ wildcard: "*" }] }'],
    ['a variable', `{ source: ["\${self:service}"] }`],
    ['a reference', '{ source: [{ Ref: Source }] }'],
  ])('are rejected with %s', (_what, pattern) => {
    const yaml = `{ functions: { workflow: { events: [{ eventBridge: { pattern: ${pattern} } }] } } }`;
    expect(() => rulesOf(yaml)).toThrow('functions.workflow.events');
  });

  it('can be read from the serverless.yml of the repository', async () => {
    await expect(readRules()).resolves.toBeInstanceOf(Array);
  });
});
