import { describe, expect, it, vi } from 'vitest';
import { readableLine } from './readable-line.ts';

const AT = { timestamp: '2026-11-25T22:59:32.699Z', service: 'keyturn', sampling_rate: 0 };
const line = (fields: object) => JSON.stringify({ level: 'INFO', ...AT, ...fields });

describe('a line of the log, for a person', () => {
  it('of a request begins with its time, status and route', () => {
    const request = {
      message: 'request',
      correlation_id: 'r1',
      requestId: 'r1',
      route: 'GET /health',
      status: 200,
      caller: { subject: 's', clientId: 'local-app' },
      durationMs: 3,
    };
    expect(readableLine(line(request))).toMatch(
      /^\d\d:\d\d:\d\d {2}200 {4}GET \/health {2}requestId=r1 {2}caller=s local-app {2}durationMs=3$/,
    );
  });

  it('has its level, its message and its fields', () => {
    const hash = 'sha256:d7b21d06fc23b788fe850962241ac08b334b68a6c6474f13bd28a893a7bc609e';
    expect(readableLine(line({ level: 'WARN', message: 'closed', anchor: `x=${hash}` }))).toMatch(
      /^\d\d:\d\d:\d\d {2}WARN {3}closed {2}anchor=x=sha256:d7b21d06fc23b788…$/,
    );
  });

  it('has the stacks of an error and of its cause below it', () => {
    const cause = { name: 'Error', message: 'inner', stack: 'Error: inner\n    at b' };
    const error = { name: 'Error', message: 'outer', stack: 'Error: outer\n    at a', cause };
    const [first, ...rest] =
      readableLine(line({ level: 'ERROR', message: 'failed', error }))?.split('\n') ?? [];
    expect(first).toMatch(/ERROR {2}failed$/);
    expect(rest.map((one) => one.trim())).toEqual(['Error: outer', 'at a', 'Error: inner', 'at b']);
  });

  it('shows a character that a terminal would obey, and starts no line with one', () => {
    const text = readableLine(line({ message: 'request', userAgent: 'a\x1b[2J\nb\x9b' }));
    expect(text).toMatch(/userAgent=a\\u001b\[2J\\nb\?$/);
  });

  it('is coloured where there are colours', () => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('FORCE_COLOR', '1');
    expect(readableLine(line({ level: 'ERROR', message: 'failed' }))).toContain('\x1b[31mERROR');
  });

  it('is not shown if it is a metric', () => {
    expect(readableLine('{"_aws":{"Timestamp":1},"Rotations":1}')).toBeUndefined();
  });

  it.each(['', 'plain text', '{ not JSON', '{"some":"other JSON"}', '{"level":"INFO","message":1}'])(
    'stays as it is if it is no line of the log: %s',
    (text) => {
      expect(readableLine(text)).toBe(text);
    },
  );
});
