/**
 * Whether a client would rather have HTML than plain text, by its `Accept` (RFC 9110, section 12.5.1): a browser would. A
 * client that takes both alike, such as curl, would not.
 */
export function prefersHtml(accept = ''): boolean {
  const weights = new Map(
    accept.split(',').map((one) => {
      const [range = '', ...parameters] = one.toLowerCase().split(';');
      const weight = parameters.map((text) => /^\s*q=(\d(?:\.\d{0,3})?)\s*$/.exec(text)?.[1]).find(Boolean);
      return [range.trim(), Number(weight ?? 1)] as const;
    }),
  );
  const weightOf = (type: string) => weights.get(type) ?? weights.get('text/*') ?? weights.get('*/*') ?? 0;
  const [html, plain] = [weightOf('text/html'), weightOf('text/plain')];
  return (
    html > plain || (html > 0 && html === plain && weights.has('text/html') && !weights.has('text/plain'))
  );
}
