import { parseWeights } from '../weights.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

/** The content coding for a client, by its `Accept-Encoding` (RFC 9110, section 12.5.3): the smallest that it accepts. */
export function chooseEncoding(acceptEncoding = ''): Encoding {
  const weights = parseWeights(acceptEncoding);
  const accepts = (coding: Encoding) => (weights.get(coding) ?? weights.get('*') ?? 0) > 0;
  return (['br', 'gzip'] as const).find(accepts) ?? 'identity';
}
