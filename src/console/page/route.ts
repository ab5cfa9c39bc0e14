import { useEffect, useState } from 'preact/hooks';
import { type ApiCredential, credentialPath, parseCredentialPath } from '../../rotation/api-credential.ts';

/** What the page shows, by the part of the address after `#`. */
export type Route =
  | Readonly<{ view: 'keys'; state: string; search: string }>
  | Readonly<{ view: 'key'; credential: ApiCredential }>
  | Readonly<{ view: 'rotation'; id: string }>;

/** The address of a view. Runbooks and alarms link to it. */
export const linkTo = {
  keys: (state = '', search = '') => {
    const query = new URLSearchParams({ ...(state && { state }), ...(search && { search }) }).toString();
    return `#/keys${query && `?${query}`}`;
  },
  key: (credential: ApiCredential) => `#/keys/${credentialPath(credential)}`,
  rotation: (id: string) => `#/rotations/${encodeURIComponent(id)}`,
};

/** The view of an address. A link from elsewhere may hold anything, so only a name that is safe in a URL is passed on. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [first, ...rest] = path.split('/').map(decode);
  const [id] = rest;
  if (first === 'rotations' && id && !/^\.+$/.test(id)) return { view: 'rotation', id };
  const credential = first === 'keys' ? parseCredentialPath(rest.join('/')) : undefined;
  if (credential) return { view: 'key', credential };
  const parameters = new URLSearchParams(query);
  return { view: 'keys', state: parameters.get('state') ?? '', search: parameters.get('search') ?? '' };
}

/** The route of the page now. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const onChange = () => setHash(location.hash);
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return parseRoute(hash);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
