/** A number with thousands separators. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** A number and its noun: `1 request`, `2,000 requests`. */
export function countOf(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Bytes in KB. */
export function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(0);
}

/** US dollars, with more digits if the amount is small. */
export function dollars(value: number): string {
  return value < 0.01 ? `$${value.toFixed(6)}` : `$${value.toFixed(2)}`;
}
