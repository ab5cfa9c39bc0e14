import { parseWeights } from './weights.ts';

/**
 * Whether a client would rather have HTML than plain text, by its `Accept` (RFC 9110, section 12.5.1): a browser would. A
 * client that takes both alike, such as curl, would not.
 */
export function prefersHtml(accept = ''): boolean {
  const weights = parseWeights(accept);
  const weightOf = (type: string) => weights.get(type) ?? weights.get('text/*') ?? weights.get('*/*') ?? 0;
  const [html, plain] = [weightOf('text/html'), weightOf('text/plain')];
  return (
    html > plain || (html > 0 && html === plain && weights.has('text/html') && !weights.has('text/plain'))
  );
}
