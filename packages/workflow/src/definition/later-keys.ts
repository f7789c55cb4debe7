import { type Path, quoted, type RuleIssue } from "@automatosx/source";
import { STEP_ISSUES } from "./step-issue-kinds.js";

/** The keys of a later version that make a step one of a kind of their own. */
export const LATER_KINDS: ReadonlySet<string> = new Set([
  "gate",
  "wait",
  "stop",
  "include",
  "workflow",
]);

const LATER_STEP_KEYS: ReadonlySet<string> = new Set([
  ...LATER_KINDS,
  "session",
  "fallback",
  "check",
  "effect",
  "reconcile",
  "reserve",
  "cache",
]);

/** Where a key of a later version stands: the keys, by the kind of map. */
const LATER_KEYS: Readonly<Record<Place, ReadonlySet<string>>> = {
  workflow: new Set(["budget", "on"]),
  step: LATER_STEP_KEYS,
  defaults: new Set(["effect"]),
  retry: new Set(["on"]),
  limit: new Set(["rate", "scope", "reserve"]),
  other: new Set(),
};

type Place = "workflow" | "step" | "defaults" | "retry" | "limit" | "other";

function placeOf(path: Path): Place {
  if (path.length === 0) return "workflow";
  const [last, before] = [path.at(-1), path.at(-2)];
  if (typeof last === "number" && before === "steps") return "step";
  if (path.length === 1 && last === "defaults") return "defaults";
  if (last === "retry") return "retry";
  return path[0] === "limits" && path[1] === "agents" && path.length === 3 ? "limit" : "other";
}

/** The keys that identify a kind of this version. */
const KINDS = ["task", "run", "steps"];

/**
 * Returns the issue with a key that only a later version of the language has, or undefined if it is
 * not such a key.
 */
export function laterKey(path: Path, siblings: readonly string[]): RuleIssue | undefined {
  const key = String(path.at(-1));
  const place = placeOf(path.slice(0, -1));
  if (!LATER_KEYS[place].has(key)) return undefined;
  const other = siblings.find((sibling) => KINDS.includes(sibling));
  if (place === "step" && LATER_KINDS.has(key) && other !== undefined)
    return {
      kind: STEP_ISSUES.twoKinds,
      message: `${quoted(key)} and ${quoted(other)} are two kinds of step`,
    };
  return {
    kind: STEP_ISSUES.notInThisVersion,
    message: `${quoted(key)} is not in this version of the language`,
    remedy: "remove it, or begin it with `x-` to keep it as a note",
    explainsMissingKeys: place === "limit",
  };
}

/** Returns the issue with a value whose form only a later version has: a map of timeouts. */
export function laterForm(path: Path, form: "list" | "map" | "scalar"): RuleIssue | undefined {
  const place = placeOf(path.slice(0, -1));
  if (form !== "map" || path.at(-1) !== "timeout" || (place !== "step" && place !== "defaults"))
    return undefined;
  return {
    kind: STEP_ISSUES.notInThisVersion,
    message: "a map of timeouts is not in this version of the language",
    remedy: "write the time limit of one attempt: `timeout: 20m`",
    isAtKey: true,
  };
}
