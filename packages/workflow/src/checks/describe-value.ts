import { printable } from "@automatosx/source";
import { readProperty } from "../message-of.js";

const SHOWN_LENGTH = 40;

/** Describes a value in an error: `"2"`, `null`, `an array`, `a Map`. */
export function describeValue(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(
      printable(value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH - 1)}…` : value),
    );
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  const name = nameOf(value);
  return name === "Object" ? "an object" : `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

function nameOf(value: object): string {
  const name = readProperty(readProperty(value, "constructor"), "name");
  return typeof name === "string" && name !== "" ? name : "Object";
}
