import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { welcome } from './welcome.ts';

const on = (port: number, path = '') => ({ url: `http://localhost:${port}${path}` });
const GATEWAY = on(3000).url;
const SERVICES = {
  issuer: on(3001),
  adyen: on(3002, '/v3'),
  dynamoDb: on(3003),
  secretsManager: on(3004),
  eventBus: on(3005),
};

describe('the welcome of npm start', () => {
  beforeEach(() => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('FORCE_COLOR', '1');
  });
  afterEach(() => vi.unstubAllEnvs());

  it('fits a terminal of 80 columns and 24 lines, with a line left for the cursor', () => {
    const text = welcome(GATEWAY, SERVICES);
    expect(text).toContain('\x1b[');
    const lines = stripVTControlCharacters(text).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThanOrEqual(23);
  });

  it('says which services are real, and has only commands that work with them', () => {
    const { issuer: _issuer, ...others } = SERVICES;
    const text = stripVTControlCharacters(welcome(GATEWAY, others));
    expect(text).toMatch(/Token issuer +real$/m);
    expect(text).toMatch(/\/console +needs CONSOLE_CLIENT_ID$/m);
    expect(text.match(/^# .*/gm)).toEqual(['# Rotate by an event, into a managed secret, and follow it']);
    expect(welcome(GATEWAY, {})).not.toContain('To paste');
  });
});
