import { randomUUID } from 'node:crypto';

/** What a client polls: `<application>/<environment>/<profile>`, and how seldom it said it would. */
type Session = Readonly<{
  profile: string;
  pollIntervalMs: number;
  lastVersion?: string;
  notBefore?: number;
}>;

type Document = Readonly<{ version: string; text: string }>;

/**
 * The sessions of clients. A token is good for one call, and not before the poll interval has passed. `text` is empty if
 * the client has the newest document already.
 * docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html
 */
export function createSessions(now: () => number) {
  const sessions = new Map<string, Session>();

  return {
    /** Begins a session and gives its first token. */
    begin: (session: Session): string => keep(session),

    /** The next token and the document, or `undefined` for a token that is not good now. */
    next(token: string, documentOf: (profile: string) => Document | undefined) {
      const session = sessions.get(token);
      if (!session || now() < (session.notBefore ?? 0)) return undefined;
      sessions.delete(token);
      const { profile, pollIntervalMs, lastVersion } = session;
      const document = documentOf(profile);
      const next = keep({
        profile,
        pollIntervalMs,
        notBefore: now() + pollIntervalMs,
        ...(document && { lastVersion: document.version }),
      });
      const isNew = document !== undefined && document.version !== lastVersion;
      return { token: next, pollIntervalMs, text: isNew ? document.text : '' };
    },
  };

  function keep(session: Session): string {
    const token = randomUUID();
    sessions.set(token, session);
    return token;
  }
}
