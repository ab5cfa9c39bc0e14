import * as v from 'valibot';

const ValueSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ apiKey: v.pipe(v.string(), v.minLength(1)) }),
);

/** The key in the value of a managed secret. Throws an error that quotes nothing of the value. */
export function keyOf(value: unknown): string {
  const parsed = v.safeParse(ValueSchema, value);
  if (!parsed.success) throw new Error('the managed secret holds no key');
  return parsed.output.apiKey;
}
