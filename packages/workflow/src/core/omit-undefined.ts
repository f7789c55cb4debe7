type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** `T` with each member that may be undefined as an optional member that is not. */
export type WithoutUndefined<T> = {
  [K in Exclude<keyof T, OptionalKeys<T>>]: T[K];
} & { [K in OptionalKeys<T>]?: Exclude<T[K], undefined> };

/** The object without its undefined members: `{ a: 1, b: undefined }` becomes `{ a: 1 }`. */
export function omitUndefined<T extends object>(members: T): WithoutUndefined<T> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as WithoutUndefined<T>;
}
