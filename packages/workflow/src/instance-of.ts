import { readProperty } from "./message-of.js";

/** How the instances of an error class of this package are recognised in another copy of it. */
export interface ErrorIdentity {
  /** A property that every instance has. Its key is from the global registry of symbols. */
  readonly mark: symbol;
  /** The `name` of an error that has no mark. */
  readonly name: string;
  /** The property that distinguishes such an error from another one with the same name. */
  readonly property: string;
  readonly propertyType: "boolean" | "string";
}

/**
 * Implements `Symbol.hasInstance` of an error class: a program may load two copies of a package,
 * and an error of one must be recognised by the other. A subclass recognises only its own
 * instances. Never throws.
 */
export function isInstanceOf(
  asked: unknown,
  errorClass: unknown,
  value: unknown,
  { mark, name, property, propertyType }: ErrorIdentity,
): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    if (Function.prototype[Symbol.hasInstance].call(asked as () => unknown, value)) return true;
  } catch {
    return false;
  }
  if (asked !== errorClass) return false;
  if (readProperty(value, mark) === true) return true;
  return (
    readProperty(value, "name") === name && typeof readProperty(value, property) === propertyType
  );
}
