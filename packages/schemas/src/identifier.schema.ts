import { z } from "zod";

// As own data these names are harmless; looked up in an ordinary object they find what every object inherits.
const INHERITED = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype"]);

/** Is this the name of something that every JavaScript object has: `constructor`, `__proto__`, `toString`? */
export function isInheritedName(name: string): boolean {
  return INHERITED.has(name);
}

export const IDENTIFIER_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;

/** The id of a workflow, step, agent or input: a letter, then up to 127 letters, digits, `_` or `-`. */
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

/** The id that a name gives, or undefined when too little of it is left: `User Sign-up!` gives `user-sign-up`. */
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
