import { createHash } from 'node:crypto';

/** `main.js` as `main-<hash of the content>.js`: the name of a file that a browser may keep for ever. */
export function hashedName(name: string, content: string | Uint8Array): string {
  return name.replace('.', `-${hashInName(content)}.`);
}

/** What a name made by {@link hashedName} has of the content's hash. */
export function hashInName(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
