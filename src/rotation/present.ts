type Optional<T> = { [Key in keyof T as undefined extends T[Key] ? Key : never]: T[Key] };

/** An object whose members that may be `undefined` are left out instead. */
type Present<T> = Omit<T, keyof Optional<T>> & { [Key in keyof Optional<T>]?: Exclude<T[Key], undefined> };

/** The members of an object that are there: JSON and the schemas know no `undefined`. */
export function present<T extends object>(members: T): Present<T> {
  // Object.fromEntries forgets which names it was given.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
