type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** `T` with each member that may be undefined turned into an optional member that may not. */
export type WithoutUndefined<T> = {
  [K in Exclude<keyof T, OptionalKeys<T>>]: T[K];
} & { [K in OptionalKeys<T>]?: Exclude<T[K], undefined> };

/**
 * Returns the object without its undefined members: `{ a: 1, b: undefined }` becomes `{ a: 1 }`.
 */
export function omitUndefined<T extends object>(members: T): WithoutUndefined<T> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as WithoutUndefined<T>;
}
