/** The members of a list with weights, such as that of `Accept`, in small letters (RFC 9110, section 12.4.2). */
export function parseWeights(list: string): ReadonlyMap<string, number> {
  return new Map(
    list.split(',').map((one) => {
      const [member = '', ...parameters] = one.toLowerCase().split(';');
      const weight = parameters.map((text) => /^\s*q=(\d(?:\.\d{0,3})?)\s*$/.exec(text)?.[1]).find(Boolean);
      return [member.trim(), Number(weight ?? 1)] as const;
    }),
  );
}
