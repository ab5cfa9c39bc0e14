export type Encoding = 'br' | 'gzip' | 'identity';

/** The content coding for a client, by its `Accept-Encoding` (RFC 9110, section 12.5.3): the smallest that it accepts. */
export function chooseEncoding(acceptEncoding = ''): Encoding {
  const weights = new Map(
    acceptEncoding.split(',').map((one) => {
      const [coding = '', ...parameters] = one.toLowerCase().split(';');
      const weight = parameters.map((text) => /^\s*q=(\d(?:\.\d{0,3})?)\s*$/.exec(text)?.[1]).find(Boolean);
      return [coding.trim(), Number(weight ?? 1)] as const;
    }),
  );
  const accepts = (coding: Encoding) => (weights.get(coding) ?? weights.get('*') ?? 0) > 0;
  return (['br', 'gzip'] as const).find(accepts) ?? 'identity';
}
