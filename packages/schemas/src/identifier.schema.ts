import { z } from "zod";
import { visibleTextError } from "./visible-text.js";

// Looking up one of these names in an ordinary object returns an inherited property.
const INHERITED = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype"]);

/**
 * Whether every JavaScript object has a property of this name: `constructor`, `__proto__`,
 * `toString`.
 */
export function isInheritedName(name: string): boolean {
  return INHERITED.has(name);
}

/** The pattern of an identifier: a letter, then up to 127 letters, digits, `_` or `-`. */
export const IDENTIFIER_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;

/**
 * The id of a workflow, step, agent or input: a letter, then up to 127 letters, digits, `_` or `-`.
 */
export const Identifier = z
  .string()
  .regex(IDENTIFIER_PATTERN, {
    error: ({ input }) =>
      visibleTextError(input) ?? "expected a letter, then up to 127 letters, digits, _ or -",
    abort: true,
  })
  .refine((id) => !isInheritedName(id), {
    error: "is the name of a property that every JavaScript object inherits",
  });
export type Identifier = z.output<typeof Identifier>;

/**
 * How much of a name is read to make an id, in characters. To normalise a long run of combining
 * marks takes time that is quadratic in its length.
 */
const MAX_NAME_LENGTH = 1000;

/**
 * Makes an id from a name: `User Sign-up!` becomes `user-sign-up`. Returns undefined if no usable
 * id results.
 */
export function slugOf(name: string): string | undefined {
  const slug = name
    .slice(0, MAX_NAME_LENGTH)
    .normalize("NFKD")
    .replace(/\p{Mark}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 128)
    .replace(/-+$/, "");
  return slug === "" || isInheritedName(slug) ? undefined : slug;
}
