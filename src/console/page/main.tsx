import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PageConfig } from '../page-config.ts';
import { createApi } from './api.ts';
import { KeyView } from './key/key-view.tsx';
import { KeysView } from './keys/keys-view.tsx';
import { toProblem } from './load.ts';
import { createLogin, type Login, type Session } from './login.ts';
import { RotationView } from './rotation/rotation-view.tsx';
import { linkTo, useRoute } from './route.ts';
import { Patterns } from './timeline/timeline.tsx';
import { ProblemNotice } from './ui/problem-notice.tsx';

/** Everything: the page of a person who has logged in, or the way to it. */
function App({ login, first, version }: { login: Login; first: Session | undefined; version: string }) {
  const [session, setSession] = useState(first);
  const [isExpired, setExpired] = useState(false);
  if (!session) return <Welcome login={login} isExpired={isExpired} />;
  const end = (expired: boolean) => {
    setExpired(expired);
    setSession(undefined);
  };
  return <Page session={session} version={version} onEnd={end} />;
}

function Welcome({ login, isExpired }: { login: Login; isExpired: boolean }) {
  const [problem, setProblem] = useState<ReturnType<typeof toProblem>>();
  const start = () =>
    login.start().catch((error: unknown) =>
      setProblem({
        ...toProblem(error),
        title: 'The token issuer cannot be used',
        detail: error instanceof Error ? error.message : String(error),
        next: 'Ask the owner of Keyturn whether OIDC_ISSUER and CONSOLE_TOKEN_ORIGIN are right.',
      }),
    );
  return (
    <main id="main" class="welcome">
      <h1>Keyturn</h1>
      <p>The API keys that Keyturn rotates: which are in use, which are in trouble, and why.</p>
      {isExpired && <p role="status">Your login has expired.</p>}
      <button type="button" class="primary" onClick={start}>
        Log in
      </button>
      {problem && <ProblemNotice problem={problem} />}
    </main>
  );
}

type PageProps = Readonly<{ session: Session; version: string; onEnd: (isExpired: boolean) => void }>;

function Page({ session, version, onEnd }: PageProps) {
  const route = useRoute();
  // `onEnd` is another function each time, and does the same.
  const api = useMemo(() => createApi(session.token, () => onEnd(true)), [session.token]);
  const place = route.view === 'keys' ? 'keys' : location.hash;
  // At another place, the page starts at its top; the list of keys, where it was left.
  useEffect(() => {
    if (place !== 'keys') scrollTo(0, 0);
    if (document.activeElement && document.activeElement !== document.body) {
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  }, [place]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header>
        <a class="brand" href={linkTo.keys()}>
          Keyturn
        </a>
        <span class="person">{session.name}</span>
        <button type="button" onClick={() => onEnd(false)}>
          Log out
        </button>
      </header>
      <Patterns />
      {route.view === 'keys' && <KeysView api={api} state={route.state} search={route.search} />}
      {route.view === 'key' && (
        <KeyView key={location.hash} api={api} session={session} credential={route.credential} />
      )}
      {route.view === 'rotation' && <RotationView key={route.id} api={api} id={route.id} />}
      <footer class="quiet">Keyturn {version}</footer>
    </>
  );
}

async function start(app: Element): Promise<void> {
  try {
    const response = await fetch(`${location.pathname.replace(/\/$/, '')}/config.json`);
    if (!response.ok) throw new Error(`The configuration could not be read: HTTP ${response.status}`);
    // The page's own function writes it.
    const config = (await response.json()) as PageConfig;
    const login = createLogin(config);
    const session = await login.finish();
    render(<App login={login} first={session} version={config.version} />, app);
  } catch (error) {
    const problem = {
      title: 'You could not be logged in',
      detail: error instanceof Error ? error.message : String(error),
    };
    render(
      <main class="welcome">
        <h1>Keyturn</h1>
        <ProblemNotice problem={problem} onRetry={() => location.assign(location.pathname)} />
      </main>,
      app,
    );
  }
}

const app = document.getElementById('app');
if (app) start(app);
