import { z } from "zod";

// Looking up one of these names in an ordinary object finds an inherited property.
const INHERITED = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype"]);

/**
 * Whether every JavaScript object has a property of this name: `constructor`, `__proto__`,
 * `toString`.
 */
export function isInheritedName(name: string): boolean {
  return INHERITED.has(name);
}

/** The form of an identifier: a letter, then up to 127 letters, digits, `_` or `-`. */
export const IDENTIFIER_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;

/**
 * The id of a workflow, step, agent or input: a letter, then up to 127 letters, digits, `_` or `-`.
 */
export const Identifier = z
  .string()
  .regex(IDENTIFIER_PATTERN, {
    error: "expected a letter, then up to 127 letters, digits, _ or -",
    abort: true,
  })
  .refine((id) => !isInheritedName(id), {
    error: "is the name of something that every JavaScript object has",
  });
export type Identifier = z.output<typeof Identifier>;

/**
 * The id made from a name: `User Sign-up!` becomes `user-sign-up`. Undefined when no usable id is
 * left.
 */
export function slugOf(name: string): string | undefined {
  const slug = name
    .normalize("NFKD")
    .replace(/\p{Mark}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 128)
    .replace(/-+$/, "");
  return slug === "" || isInheritedName(slug) ? undefined : slug;
}
