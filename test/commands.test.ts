import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import lock from '../package-lock.json' with { type: 'json' };
import { anyFreePort } from './support/any-free-port.ts';
import { runNode } from './support/process.ts';

/** Every command of package.json that is a program of this repository, with its arguments for Node. */
const programs = Object.entries(manifest.scripts).flatMap(([name, command]) => {
  const [, args] = /^node (.+\.ts)$/.exec(command) ?? [];
  return args === undefined ? [] : [[name, args.split(' ')] as const];
});

async function run(args: readonly string[], environment: Record<string, string> = {}) {
  const program = runNode([...args], environment);
  return { code: await program.ended, output: program.output() };
}

describe('--help', () => {
  it('is there for all of these commands', () => {
    expect(programs.map(([name]) => name).sort()).toEqual([
      'audit:verify',
      'bench',
      'docs',
      'pictures',
      'record:workflow',
      'rotate',
      'simulate',
      'smoke',
      'start',
      'token',
    ]);
  });

  it.each(programs)('of npm run %s prints its usage, and nothing is done', async (name, args) => {
    const { code, output } = await run([...args, '--help']);
    expect(code).toBe(0);
    expect(output).toMatch(new RegExp(`^Usage: npm (run )?(-s )?${name}`));
  });
});

describe('a command says in plain words', () => {
  const rotate = ['src/cli/rotate.ts'];
  const PATH = 'merchants/ACME_NL/apiCredentials/S2-1';
  const verify = ['src/cli/audit-verify.ts'];

  it.each<[string, string[]]>([
    ['--reason is missing', [...rotate, 'merchants/ACME_NL/apiCredentials/S2-1']],
    ['Name one credential path', [...rotate, '--reason', 'x']],
    ['Name one credential path', [...rotate, '--dry-run']],
    ['--url needs --token', [...rotate, '--dry-run', PATH, '--url', 'https://keyturn.example.com']],
    [
      '--url must be an https URL',
      [...rotate, '--dry-run', PATH, '--url', 'http://a.example', '--token', 't'],
    ],
    ['--url and --token are for --dry-run', [...rotate, PATH, '--reason', 'x', '--token', 't']],
    [
      '--dry-run, --url and --token are for one credential path',
      [...rotate, 'merchants/ACME_*/apiCredentials/*', '--dry-run'],
    ],
    ['Name one credential path, or --all', verify],
    ['Name one credential path, or --all', [...verify, 'ACME_NL/S2-1']],
    ["Option '--anchor <value>' argument missing", [...verify, '--all', '--anchor']],
    ["Unknown option '--everything'", [...verify, '--everything']],
    ['--rotations must be a whole number', ['test/simulation/run.ts', '--rotations', 'many']],
    ['No such scenario: none', ['test/simulation/run.ts', '--world', 'none/1/2']],
    ["Unknown option '--port'", ['src/local/start.ts', '--port', '4000']],
  ])('%s', async (message, args) => {
    const { code, output } = await run(args);
    expect(code).toBe(2);
    expect(output).toMatch(new RegExp(`^${message.replaceAll(/[<>-]/g, '.')}`));
    expect(output).toMatch(/^Usage: npm (run|start)/m);
    expect(output).not.toMatch(/undefined|received|Invalid key/);
  });

  it('that npm start does not run', async () => {
    const { code, output } = await run([...verify, '--all'], { DYNAMODB_PORT: String(await anyFreePort()) });
    expect(code).toBe(2);
    expect(output).toContain('the services of `npm start` are used. Are they running?');
  });
});

describe('Node 24', () => {
  const packages = new Map<string, object>(Object.entries(lock.packages));

  it.each(Object.entries(manifest.optionalDependencies))(
    'comes as the locked package %s, without an install script',
    (name, version) => {
      const locked = packages.get(`node_modules/${name}`);
      expect(version).toMatch(/^24\.\d+\.\d+$/);
      expect(locked).toMatchObject({ version, optional: true, integrity: expect.stringMatching(/^sha512-/) });
      expect(locked).not.toHaveProperty('hasInstallScript');
    },
  );

  it('is for one system in each of these packages, so that npm installs at most one of them', () => {
    const systems = Object.keys(manifest.optionalDependencies).map((name) => {
      const { os, cpu } = Object(packages.get(`node_modules/${name}`));
      return `${os} ${cpu}`;
    });
    expect(systems).toEqual(['darwin arm64', 'darwin x64', 'linux arm64', 'linux x64', 'win32 x64']);
  });

  it.each(['start', 'token', 'audit:verify', 'rotate'])(
    'is what npm run %s asks for in an older one',
    async (name) => {
      const [, args = []] = programs.find(([program]) => program === name) ?? [];
      const older = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.20.2"}})';
      const { code, output } = await run(['--import', older, ...args]);
      expect(code).toBe(1);
      expect(output).toContain('Keyturn needs Node 24, and this is Node 20.20.2');
      expect(output).not.toContain('at ');
    },
  );
});
