import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalAppConfig, startAppConfig } from '../local/app-config/server.ts';
import { createReadDocument } from './read-document.ts';

let appConfig: LocalAppConfig;
let time: number;
let read: () => Promise<string>;

beforeEach(async () => {
  time = 0;
  appConfig = await startAppConfig({ now: () => time });
  const readDocument = createReadDocument(
    { application: 'keyturn-test', environment: 'test', profile: 'caller-grants' },
    {
      endpoint: appConfig.url,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    },
  );
  read = async () => new TextDecoder().decode(await readDocument());
});
afterEach(() => appConfig.close());

const deploy = (text: string) => appConfig.deploy('keyturn-test/test/caller-grants', text);

describe('the document of a profile', () => {
  it('is the deployed one, and stays the same until another one is deployed', async () => {
    deploy('one');
    expect(await read()).toBe('one');
    time = 30_000;
    expect(await read()).toBe('one');
    deploy('two');
    time = 60_000;
    expect(await read()).toBe('two');
  });

  it('of a megabyte is read', async () => {
    deploy('x'.repeat(1024 * 1024));
    expect((await read()).length).toBe(1024 * 1024);
  });

  it('cannot be read before one was deployed', async () => {
    await expect(read()).rejects.toThrow('AppConfig: nothing was deployed to the profile yet');
    deploy('one');
    time = 15_000;
    expect(await read()).toBe('one');
  });

  it('is read by a new session after a failure: the token of the old one may be spent', async () => {
    deploy('one');
    await read();
    // AppConfig refuses a client that asks too early, and one whose token was used.
    await expect(read()).rejects.toThrow(/^AppConfig: BadRequestException$/);
    expect(await read()).toBe('one');
  });

  it('cannot be read during an outage, and can be read after it', async () => {
    deploy('one');
    appConfig.setOutage(true);
    await expect(read()).rejects.toThrow(/^AppConfig: InternalServerException$/);
    appConfig.setOutage(false);
    expect(await read()).toBe('one');
  });
});
