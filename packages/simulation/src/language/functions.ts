import { ExpressionFailure } from "./ExpressionFailure.js";
import { asText, isMap, typeName } from "./json-values.js";

type Kind = "text" | "number" | "list" | "map" | "any";

interface FunctionRule {
  /** What each argument must be; a list of kinds allows any of them. */
  readonly takes: readonly (readonly Kind[])[];
  readonly gives: (...args: never[]) => unknown;
}

const bad = (message: string) => new ExpressionFailure("value", message);

/** Lengths count characters, not the halves of those that UTF-16 writes in two units. */
export const characterCount = (text: string): number => Array.from(text).length;

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function toNumber(value: string | number): number {
  if (typeof value === "number") return value;
  const number = JSON_NUMBER.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw bad(`number: ${JSON.stringify(value)} is not a number`);
  return number;
}

function joined(items: readonly unknown[], separator: string): string {
  const other = items.find((item) => typeof item !== "string");
  if (other !== undefined)
    throw new ExpressionFailure("type", `join: the list holds ${typeName(other)}, not only text`);
  return items.join(separator);
}

function flattened(lists: readonly unknown[]): unknown[] {
  return lists.flatMap((inner) => {
    if (Array.isArray(inner)) return inner as unknown[];
    throw new ExpressionFailure("type", `flatten: the list holds ${typeName(inner)}`);
  });
}

function splitAt(text: string, separator: string): string[] {
  if (separator === "") throw bad("split: the separator is empty");
  return text.split(separator);
}

function replaced(text: string, part: string, by: string): string {
  if (part === "") throw bad("replace: the part is empty");
  return text.split(part).join(by);
}

function sizeOf(value: unknown): number {
  if (typeof value === "string") return characterCount(value);
  return Array.isArray(value) ? value.length : Object.keys(value as object).length;
}

const rules: Readonly<Record<string, FunctionRule>> = {
  size: { takes: [["text", "list", "map"]], gives: sizeOf },
  startsWith: { takes: [["text"], ["text"]], gives: (a: string, b: string) => a.startsWith(b) },
  endsWith: { takes: [["text"], ["text"]], gives: (a: string, b: string) => a.endsWith(b) },
  contains: { takes: [["text"], ["text"]], gives: (a: string, b: string) => a.includes(b) },
  string: { takes: [["any"]], gives: asText },
  number: { takes: [["text", "number"]], gives: toNumber },
  join: { takes: [["list"], ["text"]], gives: joined },
  flatten: { takes: [["list"]], gives: flattened },
  keys: { takes: [["map"]], gives: (map: object) => Object.keys(map) },
  lower: { takes: [["text"]], gives: (text: string) => text.toLowerCase() },
  upper: { takes: [["text"]], gives: (text: string) => text.toUpperCase() },
  trim: { takes: [["text"]], gives: (text: string) => text.trim() },
  split: { takes: [["text"], ["text"]], gives: splitAt },
  replace: { takes: [["text"], ["text"], ["text"]], gives: replaced },
};

function isKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "list":
      return Array.isArray(value);
    case "map":
      return isMap(value);
    case "any":
      return true;
  }
}

/** Calls a function of the language. Throws `ExpressionFailure`. */
export function callFunction(name: string, args: readonly unknown[]): unknown {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule === undefined) throw new ExpressionFailure("reference", `unknown function ${name}`);
  if (args.length !== rule.takes.length)
    throw new ExpressionFailure(
      "syntax",
      `${name} takes ${rule.takes.length} arguments, not ${args.length}`,
    );
  for (const [index, kinds] of rule.takes.entries()) {
    if (!kinds.some((kind) => isKind(args[index], kind)))
      throw new ExpressionFailure(
        "type",
        `${name}: argument ${index + 1} is ${typeName(args[index])}, not ${kinds.join(" or ")}`,
      );
  }
  return (rule.gives as (...given: readonly unknown[]) => unknown)(...args);
}
