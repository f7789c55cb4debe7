import type { IssueKind } from "../issues/issue-kind.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import type { SourceNode } from "../read/source-node.js";
import { quoted } from "../text/SourceText.js";
import { KEY_ISSUES } from "./key-issues.js";

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

/** Describes a type of the schema: "a list". */
export function typeInWords(type: string): string {
  return TYPES[type] ?? type;
}

/** Describes a value in a few words: "the number `5`". */
export function valueInWords(node: SourceNode | undefined): string {
  if (node?.kind === "list") return "a list";
  if (node?.kind === "map") return "a map";
  if (!node || node.value === null) return node?.start === node?.end ? "nothing" : "null";
  if (typeof node.value === "string") return node.value === "" ? "empty text" : quoted(node.value);
  const type = typeof node.value === "number" ? "the number" : "the boolean";
  return `${type} \`${node.value}\``;
}

const NO_VALUE = "set a value, or remove the key";

function isNumeric(value: unknown): boolean {
  return typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value);
}

/** Returns what to write instead of a scalar of the wrong type, or undefined if that is unknown. */
export function typeRemedy(
  expected: string,
  node: SourceNode | undefined,
  written: string,
  isCommandLine: boolean,
): string | undefined {
  if (node?.kind !== "scalar") return undefined;
  if (node.value === null) return NO_VALUE;
  switch (expected) {
    case "boolean":
      return booleanRemedy(node.value);
    case "string":
      return `quote it: \`"${written}"\``;
    case "array":
      return `write a list: \`[${entriesOf(String(node.value), isCommandLine)}]\``;
    case "number":
      return isNumeric(node.value) ? "remove the quotes" : undefined;
    case "int":
      return typeof node.value === "string" ? "write a whole number without quotes" : undefined;
    default:
      return undefined;
  }
}

/** Returns what to write instead of a value that fits none of several types. */
export function unionRemedy(kind: IssueKind, node: SourceNode): string | undefined {
  if (node.kind !== "scalar") return undefined;
  if (node.value === null) return NO_VALUE;
  return kind === KEY_ISSUES.badDuration && typeof node.value === "string"
    ? durationRemedy(node.value)
    : undefined;
}

function durationRemedy(text: string): string | undefined {
  if (/^\d+$/.test(text)) return `add a unit, \`${text}s\`, or remove the quotes for milliseconds`;
  if (/^\d[\d_]*$/.test(text))
    return `write the number without \`_\` and with a unit: \`${text.replaceAll("_", "")}ms\``;
  const clock = /^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (clock !== null) return clockRemedy(clock);
  const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i.exec(text);
  if (iso !== null)
    return writeDuration(iso.slice(1).map((part: string | undefined) => Number(part ?? 0)));
  const better = text
    .toLowerCase()
    .replace(/\s+/g, "")
    .replace(/(\d)(?:seconds?|secs?)/g, "$1s")
    .replace(/(\d)(?:minutes?|mins?)/g, "$1m")
    .replace(/(\d)(?:hours?|hrs?)/g, "$1h")
    .replace(/(\d)days?/g, "$1d");
  return /^[\d.]+(?:ms|[smhd])$/.test(better) && better !== text
    ? `write \`${better}\``
    : undefined;
}

/** A text such as `10:30` may be hours and minutes, or minutes and seconds. */
function clockRemedy(clock: RegExpExecArray): string | undefined {
  const [first = 0, second = 0, third] = clock.slice(1).map((part) => Number(part ?? Number.NaN));
  return third === undefined || Number.isNaN(third)
    ? `add units: \`${first}h${second}m\`, or \`${first}m${second}s\``
    : writeDuration([0, first, second, third]);
}

function writeDuration(amounts: readonly number[]): string | undefined {
  const units = ["d", "h", "m", "s"];
  const text = amounts.map((amount, at) => (amount === 0 ? "" : `${amount}${units[at]}`)).join("");
  return text === "" ? undefined : `write \`${text}\``;
}

/** YAML 1.1 had more words for true and false, and they are still common. */
function booleanRemedy(value: unknown): string {
  const word = String(value).toLowerCase();
  if (["yes", "on", "y", "1", "true"].includes(word)) return "write `true`";
  return ["no", "off", "n", "0", "false"].includes(word)
    ? "write `false`"
    : "write `true` or `false`";
}

function entriesOf(text: string, isCommandLine: boolean): string {
  const short = text.slice(0, 60);
  return isCommandLine ? short.trim().split(/\s+/).join(", ") : short;
}

/**
 * Returns what to write instead of a name that is not a valid id, or undefined for the general
 * remedy.
 */
export function identifierRemedy(message: string): string | undefined {
  if (message.includes("environment"))
    return "use letters, digits and `_`, and do not begin with a digit";
  if (isAboutCharacter(message)) return "remove the character";
  return message.includes("every JavaScript object") ? "choose another name" : undefined;
}

/**
 * Returns the issue kind for text in the wrong format. Schemas distinguish formats only by their
 * messages.
 */
export function formatKind(message: string): IssueKind {
  if (message.includes("duration")) return KEY_ISSUES.badDuration;
  if (isAboutCharacter(message)) return TEXT_ISSUES.badCharacter;
  return message.includes("letter") ? KEY_ISSUES.badIdentifier : KEY_ISSUES.invalidValue;
}

/** Whether a schema's message is about a character that cannot be seen. */
export function isAboutCharacter(message: string): boolean {
  return message.includes("invisible character");
}
